/*
 * heritage.pml: which hosts must come before an older epoch is complete, over two losses of the store's memory. Host 1 ends
 * the one session; hosts 0 and 2 hold it, or host 2 is a newcomer.  A host sleeps as long as it likes, and its lease may
 * be over at any time; how leases are given is lease.pml's affair.
 *
 * A host comes from the epoch in which a beat has last shown it the members; those are who must come.  It also names the
 * ancestors of that epoch: the epochs that were complete in it.
 *
 * Property: after the end has been answered, no host says yes (P2, P4).  Where the second epoch had taken the first one over
 * whole, no host waits in vain in the third one once all hosts have come (P3).
 */
#ifndef MEMBERS
#define MEMBERS 7
#endif
#ifndef LOSSES
#define LOSSES 2
#endif
#ifndef LAPSES
#define LAPSES 5                /* hosts whose leases may be over */
#endif
#define BIT(h)    (1 << (h))
#define HAS(m, h) (((m) >> (h)) & 1)
#define ON(m, h)  m = m | BIT(h)
#define OFF(m, h) m = m & ~BIT(h)

/* ---- the store ---- */
byte epoch, mem;                /* the epoch that is open, and its members */
bit ended;                      /* its stream has the end */
byte from, done;                /* older epochs that hosts have come from; those that are complete */
byte need[2], here[2];          /* by older epoch: hosts that must come; that have come */
byte opened, needed;            /* older epochs, and the hosts that must come, when an epoch was opened */
byte fresh[3];                  /* by host: members that have not heard of its join */
#define WHOLE ((from & ~done) == 0)

/* ---- hosts: masks ---- */
byte copy = 5 & MEMBERS, knows, doubt, lapsed = 7 & ~MEMBERS;
byte everIn = MEMBERS, listed = MEMBERS, whole, leased = MEMBERS; /* have been members; a beat has shown the members; all older epochs complete; with a lease */
/* ---- hosts: arrays ---- */
byte at[3], view[3];            /* the epoch that a host is in, and the members that it knows there */
byte comes[3], among[3];        /* the epoch that it comes from, plus one, and the members that it knew there */
byte names[3], origins[3];      /* ancestors that it names; all epochs that it has brought into this one */
bit asked, answered, slept;
bit kept;                       /* the second epoch was whole, and its hosts knew that, when it was lost */

byte tg;                        /* of one step; 0 between steps */
bit sure;

#define YES(h) (HAS(copy, h) && !HAS(doubt, h) && !HAS(lapsed, h))
#define CHECK assert(!(answered && (YES(0) || YES(1) || YES(2))))
#define IN(h) (at[h] == epoch && HAS(mem, h))
/* The lease model's `fence`: leases of older epochs are over. */
#define FENCED(h) (at[h] == epoch || HAS(lapsed, h))

inline learn(h) { ON(knows, h); OFF(copy, h) }
inline read(h) {
    if
    :: ended -> learn(h)
    :: else
    fi
}

#ifdef WITHOUT_namedAncestors
#define NAMES(h) 0
#else
#ifdef WITHOUT_completeAncestors
#define NAMES(h) 1
#else
#define NAMES(h) HAS(whole, h)
#endif
#endif
/* Leaves its epoch for the store's. */
inline inherit(h) {
    if
    :: comes[h] == 0 ->
        names[h] = 0;
#ifndef WITHOUT_doubtEndsWithEpoch
        if
        :: HAS(doubt, h) -> OFF(copy, h)
        :: else
        fi;
#endif
        sure = !HAS(doubt, h);
        OFF(doubt, h);
        if
        :: HAS(listed, h) -> comes[h] = at[h] + 1; among[h] = view[h]; names[h] = (NAMES(h) -> origins[h] : 0)
#ifdef WITHOUT_listedMembers
        :: !HAS(listed, h) && HAS(everIn, h) -> comes[h] = at[h] + 1; among[h] = view[h]
        :: !HAS(listed, h) && !HAS(everIn, h) -> OFF(copy, h)
#else
        :: !HAS(listed, h) -> OFF(copy, h)
#endif
        fi
    :: else -> sure = !HAS(doubt, h)
    fi
}

inline receive(h) {
    tg = comes[h] - 1;
    from = from | BIT(tg) | names[h];
    done = done | names[h];
    need[tg] = need[tg] | among[h];
    ON(here[tg], h);
    if
    :: sure || (need[tg] & ~here[tg]) == 0 -> ON(done, tg)
    :: else
    fi;
    /* an epoch that nobody is known to have been in, and that a sure host has come past */
    if
    :: sure && tg == 0 && HAS(from, 1) && need[1] == 0 && here[1] == 0 -> ON(done, 1)
    :: else
    fi
}

inline enter(h) {
    if
    :: at[h] == 0 && epoch == 2 -> slept = slept || h == 2
    :: else
    fi;
    if
    :: at[h] != epoch || !HAS(everIn, h) -> inherit(h); OFF(listed, h); OFF(whole, h); OFF(leased, h); view[h] = BIT(h)
    :: else -> sure = 0
    fi;
    read(h);
    if
    :: comes[h] ->
        sure = sure && !HAS(lapsed, h);
        if
        :: !sure -> ON(doubt, h)
        :: else
        fi;
        if
        :: HAS(knows, h) -> ended = 1
        :: else
        fi;
        origins[h] = BIT(comes[h] - 1) | names[h];
        receive(h)
    :: else
    fi;
    at[h] = epoch; ON(everIn, h); ON(mem, h);
    fresh[h] = mem & ~BIT(h);
    sure = 0; tg = 0;
    CHECK
}

/* A beat that is answered: it shows the members and, where the join is known to all, is worth a lease. */
inline beat(h) {
    OFF(fresh[0], h); OFF(fresh[1], h); OFF(fresh[2], h);
    read(h);
    view[h] = mem; ON(listed, h); comes[h] = 0; among[h] = 0; names[h] = 0;
    if
    :: WHOLE -> ON(whole, h); OFF(doubt, h)
    :: else
    fi;
    if
    :: (fresh[h] & mem) == 0 -> OFF(lapsed, h); ON(leased, h)
    :: else
    fi;
    assert(!(kept && epoch == 2 && (mem & listed) == 7 && !WHOLE));
    CHECK
}

/* Only who has a lease of this epoch expels: one of an older epoch is over before anybody is to be expelled. */
#define EXPELLED(h) (mem & leased & ~lapsed & ~BIT(h))
#define SETTLED(h) (at[h] < epoch || HAS(mem, h) && HAS(whole, h))
#define KEPT (epoch == 1 && mem && SETTLED(0) && SETTLED(1) && SETTLED(2))

#define HOST(h) \
    :: d_step { !(at[h] == epoch && HAS(mem, h)) -> enter(h) } \
    :: d_step { IN(h) -> beat(h) } \
    :: d_step { HAS(LAPSES, h) && !HAS(lapsed, h) -> ON(lapsed, h) } \
    :: d_step { IN(h) && HAS(lapsed, h) && EXPELLED(h) -> OFF(mem, h) }

active proctype world() {
    d_step {
        mem = MEMBERS;
#ifndef ASKED_LATER
        asked = 1; knows = 2; ended = 1;
#endif
        view[0] = MEMBERS; view[1] = MEMBERS; view[2] = (HAS(MEMBERS, 2) -> MEMBERS : 4);
    }
    do
    HOST(0)
    HOST(1)
    HOST(2)
#ifdef ASKED_LATER              /* else it has been asked for at the start: fewer states */
    :: d_step { !asked && IN(1) && HAS(listed, 1) -> asked = 1; learn(1); ended = 1 }
#endif
    :: d_step { asked && !ended && IN(1) -> ended = 1 }
    :: d_step { asked && !answered && ended && IN(1) && HAS(listed, 1) && (mem & ~knows) == 0 &&
        FENCED(0) && FENCED(2) -> answered = 1; CHECK }
    /* the store comes back empty, or as it was and without the end that its replica had not heard of */
    :: d_step { epoch < LOSSES ->
        kept = KEPT; epoch++; mem = 0; ended = 0; from = 0; done = 0; fresh[0] = 0; fresh[1] = 0; fresh[2] = 0;
        need[0] = 0; need[1] = 0; here[0] = 0; here[1] = 0 }
    :: d_step { epoch < LOSSES && !ended ->
        ON(from, epoch); need[epoch] = need[epoch] | mem; opened = from; needed = need[0];
        kept = KEPT; epoch++; mem = 0; fresh[0] = 0; fresh[1] = 0; fresh[2] = 0 }
    /* the store comes back as it was when the epoch had been opened, and nobody had joined */
    :: d_step { epoch == 1 && epoch < LOSSES ->
        from = opened | 2; done = 0; need[0] = needed; need[1] = 0; here[0] = 0; here[1] = 0;
        kept = 0; epoch++; mem = 0; ended = 0; fresh[0] = 0; fresh[1] = 0; fresh[2] = 0 }
#ifdef REACH
#if REACH == 1                  /* a host that slept through an epoch accepts its session again, by its ancestors alone */
    :: d_step { slept && YES(2) && need[0] && (need[0] & ~here[0]) -> assert(false) }
#endif
#endif
    od
}
