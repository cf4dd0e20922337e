/*
 * lease.pml: leases, ends and the recovery of the store.  Several hosts share one session s through a store whose
 * replication is asynchronous.
 *
 * Hosts 0..N-1; those in MEMBERS are members at the start, those in COPIES hold a copy of s.  Store 0 is the primary at
 * the start, store 1 its replica, whose state at the promotion is any earlier one, or nothing (an empty restart).  A host
 * has one beat and one fetch under way; each is sent, executed and answered at any time, or lost.  A crash of the daemon
 * that keeps the memory of board, ledger and ends is a beat and a fetch that are lost.  Every event is one step; time
 * passes in ticks, and a clock may lose SKIP ticks during one lease.
 *
 * Property: after the revocation of s has been answered, no host says yes (SAFE: P2, P4).
 */
#ifndef LATE                    /* requests do not linger on their way: fewer states */
#define FAST
#endif
#ifndef ASKED_LATER             /* the revocation is asked for at the start: fewer states */
#define REQUESTED
#endif
#ifndef N
#define N 2
#endif
#ifndef L
#define L 1                     /* lease, in ticks of the holder's clock */
#endif
#ifndef G
#define G 1                     /* margin that others wait longer */
#endif
#ifndef SKIP
#define SKIP G                  /* ticks that a clock does lose during one lease */
#endif
#ifndef MEMBERS
#define MEMBERS 3
#endif
#ifndef COPIES
#define COPIES 3                /* hosts that hold a copy of s at the start */
#endif
#ifndef REVOKERS
#define REVOKERS 1              /* who may be asked to revoke s */
#endif
#ifndef DEATHS
#define DEATHS 0                /* hosts that lose their memory */
#endif
#ifndef MORTALS
#define MORTALS 7               /* which of them may */
#endif
#ifndef EXPELLERS
#define EXPELLERS 7             /* who looks for members whose lease is over */
#endif
#ifndef LEAVES
#define LEAVES 0                /* hosts that leave by their own will */
#endif
#ifndef LOSSES
#define LOSSES 0                /* ends tables that are lost or overflow while the ledger beside them lives */
#endif
#ifndef INSTANT
#define INSTANT 0               /* with FAST: whose beats are answered at once or never, to have fewer states */
#endif
#ifdef SPLIT
#define SPLITS 1                /* the old primary goes on after the promotion, for hosts that still reach it */
#ifndef WITHOUT_confirmedCopies
#define WAIT                    /* what a third node has confirmed counts, and it follows one primary at a time */
#endif
#else
#define SPLITS 0
#endif

#if N == 3
#define THIRD(x) x
#else
#define THIRD(x) skip
#endif
#define BIT(h)    (1 << (h))
#define HAS(m, h) (((m) >> (h)) & 1)
#define ON(m, h)  m = m | BIT(h)
#define OFF(m, h) m = m & ~BIT(h)
#define LEASED 1
#define JOINED 2
#define EXPELLED 3
#define PROBED 4
#define NONE 0
#define LIVE 1
#define ENDED 2

/* ---- stores ---- */
byte rec[2];                    /* what stands under the name of s */
byte mem[2];                    /* members */
byte ack[2];                    /* members that have applied the end of s */
byte rv[2 * N];                 /* the joins that a member knew of at its last beat */
byte present, need;             /* store 1: hosts of the old epoch that have come; that must come */
bit complete;                   /* store 1: every end of the old epoch that was answered is known */
bit promoted, moved;            /* moved: the third node, which confirms writes, follows store 1 */

/* ---- hosts: masks ---- */
byte dead, at, copy, tomb, doubt, joined, waiting, old;
byte probed;                    /* store 1 has answered this host, and the answer was confirmed */
/* ---- hosts: arrays ---- */
byte lease[N], slack[N], view[N], fence[N];
byte b[N];                      /* beat: 0 none, 1 sent, 2 executed but not confirmed, 3 answer under way */
byte bage[N], bslack[N], bq[N], pr[N], pv[N];
byte jk[N], jq[N];              /* the members whose last join this host knows of; the same for an answer under way */
byte f[N], g[N];                /* whose counter has not moved since this host looked; the same for a look under way */
byte w[N * N];                  /* ticks until the lease of the other is over for certain */
byte o[N];                      /* fetch: 0 none, 1 found nothing, 2 found s, and the answer is under way */
#ifdef WITHOUT_joinInCount
byte fresh;                     /* members that have sent no beat since their join */
#endif
#ifdef WITHOUT_leaseOnBoard
byte open;                      /* boards that their daemon has opened */
#endif

bit requested, answered;
byte deaths, leaves, losses;

/* ---- who says yes ---- */
#ifdef WITHOUT_lease
#define YES(h) (HAS(copy, h) && !HAS(dead, h))
#else
#ifdef WITHOUT_leaseOnBoard
#define YES(h) (HAS(copy, h) && HAS(open, h) && !HAS(dead, h) && !HAS(doubt, h))
#else
#define YES(h) (HAS(copy, h) && lease[h] > 0 && !HAS(dead, h) && !HAS(doubt, h))
#endif
#endif
#if N == 2
#define ANYYES (YES(0) || YES(1))
#else
#define ANYYES (YES(0) || YES(1) || YES(2))
#endif
#define SAFE assert(!(answered && ANYYES))

#define RUNS(i) ((i) == 0 -> (!promoted || SPLITS) : promoted)
#define STORE(h) HAS(at, h)
#ifdef WITHOUT_probeBeforeSure
#define PROBE_DONE(h) 1
#else
#define PROBE_DONE(h) HAS(probed, h)
#endif

byte st, kn, tg;                /* of one step; 0 between steps */
#define DONE st = 0; kn = 0; tg = 0

/* ---- beats: the lease, the acknowledgement, the look at the others ---- */
#include "lease-beats.pml"

/* ---- the other requests ---- */
/* A request that is late is the same as one that is sent later, as long as what it says is still so: what comes late
   is the answer of a fetch, and an end may be lost. */
#define CANFETCH(h) (!HAS(dead, h) && o[h] == 0 && !HAS(copy, h) && !HAS(tomb, h) && HAS(joined, h) && lease[h] > 0 && RUNS(STORE(h)))
inline fetch(h) {
    st = STORE(h);
    if
    :: rec[st] == LIVE && (st == 0 || complete) -> o[h] = 2
    :: else -> o[h] = 1
    fi;
    DONE
}
inline recvFetch(h) {
    if
#ifdef WITHOUT_fetchMeetsEnds
    :: o[h] == 2 -> ON(copy, h)
#else
    :: o[h] == 2 && !HAS(tomb, h) -> ON(copy, h)
#endif
    :: else
    fi;
    o[h] = 0;
    SAFE
}
/* after a fail-over, a host puts back what it holds; one in doubt does not */
#define CANPUT(h) (!HAS(dead, h) && HAS(copy, h) && HAS(joined, h) && STORE(h) == 1 && !HAS(doubt, h) && rec[1] == NONE)
#define MAYEND(h) (!HAS(dead, h) && HAS(REVOKERS, h) && !answered && HAS(joined, h) && (!requested || HAS(waiting, h)))
#define CANEND(h) (MAYEND(h) && RUNS(STORE(h)) && rec[STORE(h)] != ENDED)
inline startEnd(h) { requested = 1; ON(waiting, h); ON(tomb, h); OFF(copy, h) }
inline end(h) {
    startEnd(h);
    st = STORE(h);
#ifdef WITHOUT_endWhatIsAbsent
    if
    :: rec[st] == NONE -> answered = 1; OFF(waiting, h)
    :: else -> rec[st] = ENDED
    fi;
#else
    rec[st] = ENDED;
#endif
    /* the call acknowledges the entry for its host, which has ended the session already */
    if :: HAS(mem[st], h) -> ON(ack[st], h) :: else fi;
#ifdef WITHOUT_lease
    answered = 1; OFF(waiting, h);
#endif
    DONE;
    SAFE
}

/* ---- time ---- */
#define MAYSKIP(h) (!HAS(dead, h) && (lease[h] > 0 || b[h] > 0) && (lease[h] == 0 || slack[h] > 0) && (b[h] == 0 || bslack[h] > 0))
inline fall(h, x) { if :: w[h * N + x] > 0 -> w[h * N + x]-- :: else fi }
inline pass(h, s) {
    if
    :: HAS(dead, h)
    :: !HAS(dead, h) && s ->
        if :: lease[h] > 0 -> slack[h]-- :: else fi;
        if :: b[h] > 0 -> bslack[h]-- :: else fi
    :: !HAS(dead, h) && !s ->
        if :: lease[h] > 0 -> lease[h]-- ; if :: lease[h] == 0 -> slack[h] = 0 :: else fi :: else fi;
        if :: b[h] > 0 && bage[h] < L -> bage[h]++ :: else fi;
        if :: fence[h] > 0 -> fence[h]-- :: else fi;
        fall(h, 0); fall(h, 1); THIRD(fall(h, 2))
    fi
}

/* ---- failures ---- */
inline die(h) {
    ON(dead, h); deaths++;
    OFF(copy, h); OFF(tomb, h); OFF(doubt, h); OFF(joined, h); OFF(waiting, h); OFF(old, h); OFF(probed, h);
    lease[h] = 0; slack[h] = 0; view[h] = 0; jk[h] = 0; fence[h] = 0; f[h] = 0; o[h] = 0;
    clearBeat(h);
    forget(h)
}
/* systemctl stop: the memory goes with it.  A restart keeps its memory, and never leaves: who has left does not hear of
   those who join after, so what it knows of the members is no list of who must come after a loss. */
inline leave(h) {
    leaves++;
    OFF(mem[STORE(h)], h); OFF(joined, h); OFF(waiting, h);
    f[h] = 0; o[h] = 0;
    clearBeat(h);
    forget(h);
#ifndef WITHOUT_leaveZeroesLease
    lease[h] = 0; slack[h] = 0;
#ifndef WITHOUT_restartNeverLeaves
    OFF(copy, h); OFF(tomb, h); OFF(doubt, h); OFF(old, h); OFF(probed, h);
    view[h] = 0; jk[h] = 0; fence[h] = 0;
#endif
#endif
    SAFE
}
/* The table of ends is lost, or had no room for this one.  The host forgets all that it shares, and what it was. */
inline loseEnds(h) {
    losses++;
    OFF(tomb, h); OFF(waiting, h);
#ifndef WITHOUT_endsBesideLedger
    OFF(copy, h); OFF(joined, h); OFF(old, h); OFF(probed, h); OFF(doubt, h);
    lease[h] = 0; slack[h] = 0; f[h] = 0; jk[h] = 0; o[h] = 0;
    clearBeat(h);
    forget(h);
#endif
    SAFE
}
inline change(h) {              /* the connector goes to the promoted store */
    ON(at, h); OFF(joined, h); f[h] = 0; jk[h] = 0; o[h] = 0;
    clearBeat(h);
    forget(h)
}
/* What the replica has is any earlier state of the primary, or nothing at all. */
inline fail(r, m) {
    promoted = 1; present = 0; rec[1] = r; mem[1] = m; need = m; ack[1] = 0;
#if SPLITS == 0
    rec[0] = NONE; mem[0] = 0; ack[0] = 0; rv[0] = 0; rv[1] = 0; THIRD(rv[2] = 0);
#endif
#ifdef LOSSLESS
    complete = 1
#else
#ifdef WITHOUT_fetchWhenComplete
    complete = 1
#else
    complete = 0
#endif
#endif
    ; DONE
}

#ifdef FAST
#ifdef WAIT
#define CONFIRMED(h) (STORE(h) == moved)
#else
#define CONFIRMED(h) 1
#endif
#define BEAT(h, x) \
    :: d_step { !HAS(INSTANT, h) && CANBEAT(h) && RUNS(STORE(h)) && (x == 0 || CANEXPEL(h, x - 1)) -> sendBeat(h, x); execBeat(h) } \
    :: d_step { HAS(INSTANT, h) && CONFIRMED(h) && CANBEAT(h) && RUNS(STORE(h)) && (x == 0 || CANEXPEL(h, x - 1)) -> sendBeat(h, x); execBeat(h); recvBeat(h) }
#else
#define BEAT(h, x) :: d_step { CANBEAT(h) && (x == 0 || CANEXPEL(h, x - 1)) -> sendBeat(h, x) } \
    :: d_step { b[h] == 1 && RUNS(STORE(h)) -> execBeat(h) }
#endif
#ifdef WITHOUT_bellIsHint                      /* the answer rests on the bell of the store, which no replica has confirmed */
#define RINGS(h) :: d_step { HAS(waiting, h) && HAS(joined, h) && RUNS(STORE(h)) && fence[h] == 0 && rec[STORE(h)] == ENDED && (mem[STORE(h)] & ~ack[STORE(h)]) == 0 -> answered = 1; OFF(waiting, h); SAFE }
#else
#define RINGS(h)
#endif
#define HOST(h) \
    BEAT(h, 0) \
    RINGS(h) \
    :: d_step { b[h] == 3 -> recvBeat(h) } \
    :: d_step { b[h] > 0 -> clearBeat(h) } \
    :: d_step { CANFETCH(h) -> fetch(h) } \
    :: d_step { o[h] > 0 -> recvFetch(h) } \
    :: d_step { CANPUT(h) -> rec[1] = LIVE } \
    :: d_step { CANEND(h) -> end(h) } \
    :: d_step { MAYEND(h) && !requested -> startEnd(h) } \
    :: d_step { !HAS(dead, h) && deaths < DEATHS && HAS(MORTALS, h) -> die(h) } \
    :: d_step { leaves < LEAVES && !HAS(dead, h) && HAS(joined, h) && RUNS(STORE(h)) -> leave(h) } \
    :: d_step { losses < LOSSES && !HAS(dead, h) && HAS(tomb, h) -> loseEnds(h) } \
    :: d_step { promoted && !HAS(at, h) && !HAS(dead, h) -> change(h) }

#ifdef FAST
#define EXPEL(h, m) BEAT(h, m + 1)
#else
#define EXPEL(h, m) :: d_step { CANBEAT(h) && CANEXPEL(h, m) -> sendBeat(h, m + 1) }
#endif

#if N == 2
#define TICK(s0, s1, s2) \
    :: d_step { (!s0 || MAYSKIP(0)) && (!s1 || MAYSKIP(1)) -> pass(0, s0); pass(1, s1) }
#else
#define TICK(s0, s1, s2) \
    :: d_step { (!s0 || MAYSKIP(0)) && (!s1 || MAYSKIP(1)) && (!s2 || MAYSKIP(2)) -> pass(0, s0); pass(1, s1); pass(2, s2) }
#endif

inline start(h) {
    if
    :: HAS(MEMBERS, h) -> view[h] = MEMBERS; jk[h] = MEMBERS; rv[h] = MEMBERS
    :: else
    fi
}

active proctype world() {
    d_step {
#ifdef REQUESTED
        requested = 1; waiting = REVOKERS; tomb = REVOKERS;
#endif
        rec[0] = LIVE; mem[0] = MEMBERS; copy = COPIES & ~tomb; joined = MEMBERS; old = MEMBERS;
        start(0); start(1); THIRD(start(2))
    }
    do
    HOST(0)
    HOST(1)
    EXPEL(0, 1)
    EXPEL(1, 0)
#if N == 3
    HOST(2)
    EXPEL(0, 2)
    EXPEL(1, 2)
    EXPEL(2, 0)
    EXPEL(2, 1)
#endif
    TICK(0, 0, 0)
#if SKIP > 0
    TICK(1, 0, 0)
    TICK(0, 1, 0)
    TICK(1, 1, 0)
#if N == 3
    TICK(0, 0, 1)
    TICK(1, 0, 1)
    TICK(0, 1, 1)
    TICK(1, 1, 1)
#endif
#endif
#ifndef NO_FAILOVER
#ifdef LOSSLESS
    :: d_step { !promoted -> kn = rec[0]; tg = mem[0]; fail(kn, tg) }
#else
    :: d_step { !promoted -> fail(NONE, 0) }
    :: d_step { !promoted -> fail(LIVE, MEMBERS) }
    :: d_step { !promoted && mem[0] != MEMBERS -> tg = mem[0]; fail(LIVE, tg) }
    :: d_step { !promoted && rec[0] == ENDED -> tg = mem[0]; fail(ENDED, tg) }
#endif
#endif
#ifdef WAIT
    :: d_step { promoted && !moved -> moved = 1 }
    :: d_step { b[0] == 2 && STORE(0) == moved -> b[0] = 3 }
    :: d_step { b[1] == 2 && STORE(1) == moved -> b[1] = 3 }
#if N == 3
    :: d_step { b[2] == 2 && STORE(2) == moved -> b[2] = 3 }
#endif
#endif
#ifdef WITHOUT_leaseOnBoard
    :: d_step { HAS(open, 0) && lease[0] == 0 -> OFF(open, 0) }
    :: d_step { HAS(open, 1) && lease[1] == 0 -> OFF(open, 1) }
#endif
#ifdef WITHOUT_expelByDuration              /* a member's key expires by the store's wall clock, which may be set */
    :: d_step { HAS(mem[0], 1) && !promoted -> OFF(mem[0], 1) }
#endif
#ifdef REACH                     /* not vacuous: each of these must be found */
#if REACH == 1                   /* answered while the other host is a member and has its lease */
    :: d_step { answered && lease[1] > 0 && HAS(mem[0], 1) -> assert(false) }
#endif
#if REACH == 2                   /* answered without a host that was expelled and lives */
    :: d_step { answered && !HAS(mem[0], 1) && deaths == 0 && !promoted -> assert(false) }
#endif
#if REACH == 3                   /* after a fail-over that lost s, the old copies still say yes */
    :: d_step { promoted && rec[1] == NONE && HAS(joined, 0) && HAS(joined, 1) && YES(0) && YES(1) && !requested -> assert(false) }
#endif
#if REACH == 4                   /* all leases had run out before the fail-over, and yet s lives on */
    :: d_step { promoted && lease[0] == 0 && lease[1] == 0 && HAS(doubt, 0) && HAS(joined, 1) && complete && HAS(copy, 1) -> assert(false) }
#endif
#if REACH == 5                   /* answered by the new primary, where the end had been lost */
    :: d_step { promoted && answered && HAS(at, 0) && HAS(at, 1) && HAS(joined, 1) && lease[1] > 0 -> assert(false) }
#endif
#if REACH == 6                   /* a newcomer has fetched s after the fail-over */
    :: d_step { promoted && HAS(at, 2) && YES(2) && !requested -> assert(false) }
#endif
#endif
    od
}
