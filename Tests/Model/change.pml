/*
 * change.pml: updates of a session's data by two hosts at once, against fetches that are under way, over fail-overs of
 * the store that lose what they like.  Both hosts are members at first; a fetch may take any time; a copy may be dropped.
 *
 * A record is 32 * era + 4 * version + data; each host sets its own bit of the data, once.  The era is the epoch in which
 * the change was executed, or was told again by who had sent it.  The data also tells two records of the same version
 * apart, as the nonce of a sealed record does.
 *
 * A host that is not in the epoch when something is answered, or was expelled, has no lease any more: it is not sure in a
 * newer epoch, and its copies are doubtful until the older epochs are complete.
 *
 * Property: what has been answered is in every copy that a host accepts and in what the store gives out (P2, P4), and
 * the session does not vanish with the first loss (P3).
 */
#ifndef LOSSES
#define LOSSES 1
#endif
#define VERSION(r) (((r) >> 2) & 7)
#ifdef WITHOUT_epochBeforeVersion
#define EDITION(r) VERSION(r)
#else
#define EDITION(r) ((r) >> 2)
#endif
#define SAME(r, s) (((r) & 31) == ((s) & 31))
#define NOW(r) (32 * epoch + ((r) & 31))
#define AT (8 * epoch + n)
#define BIT(h) (1 << (h))

byte epoch, n = 1;              /* the epoch that is open, and the newest number of its stream */
byte record = 4;                /* what the store has; 0: nothing */
byte want;                      /* a record that the store has lost: nothing older is put back */
byte stream[24];                /* by number: the record that an entry names */
byte replica;
bit complete = 1;
byte at_[2];                    /* the epoch that a host is in */
bit over[2];                    /* its lease: something was answered without it */
bit lapsed;                     /* a member has been expelled */
bit doubt[2];                   /* its copies may be old */
bit dropped;                    /* a host in doubt has given up what it held: P3 is for single faults */

byte copy[2] = 4;               /* the record in the ledger; 0: none */
byte known[2] = 4;              /* the newest record that a host has heard of */
bit made[2];                    /* its copy is of its own making: it is kept */
byte taken[2] = 1;
byte answer[2];                 /* of a fetch, under way */
bit dirty[2];

byte wish[2];                   /* an update: 0 wanted, 1 sent, 2 done, 3 refused, 4 waits for the others, 5 answered,
                                   6 nobody knows, 7 given up */
byte sent[2], at[2];            /* the record that it sent, with the era that it was made from; the number of its entry */
byte answered;

#ifdef AT_ONCE                  /* a fetch takes no time */
#define FETCH(h) hear(h, record); copy[h] = record; CHECK
#else
#define FETCH(h) answer[h] = record; dirty[h] = 0
#endif
#define IN(h) (at_[h] == epoch)
#define ACCEPTED(h) (over[h] || doubt[h] -> 0 : copy[h])
#define LACKS(r) ((r) && (answered & ~(r) & 3))
#define CHECK assert(!LACKS(ACCEPTED(0)) && !LACKS(ACCEPTED(1)) && !(complete && LACKS(record)))

inline hear(h, r) {             /* an entry, or what the stream had from before */
#ifdef WITHOUT_changeNamesRecord
    if
    :: VERSION(sent[h]) == VERSION(r) && wish[h] == 6 -> known[h] = ((r) & ~31) | (sent[h] & 31)
    :: else ->
#endif
    if
    :: EDITION(r) > EDITION(known[h]) -> known[h] = r
    :: else
    fi;
    if
    :: copy[h] && EDITION(copy[h]) < EDITION(r) && SAME(copy[h], r) -> copy[h] = r
    :: copy[h] && EDITION(copy[h]) < EDITION(r) && !SAME(copy[h], r) -> copy[h] = 0; made[h] = 0
    :: else
    fi;
#ifdef WITHOUT_changeNamesRecord
    fi;
#endif
#ifndef WITHOUT_dirtyFetch
    if
    :: answer[h] -> dirty[h] = 1
    :: else
    fi
#endif
}

inline takeUp(h) {
    taken[h]++;
    if
    :: stream[taken[h]] -> hear(h, stream[taken[h]])
    :: else
    fi
}

inline append(r) { n++; stream[AT] = r }

#ifdef WITHOUT_compareVersion
#define MAYCHANGE(h) record
#else
#define MAYCHANGE(h) (record && EDITION(record) == EDITION(sent[h]) - 1)
#endif

inline change(h) { record = NOW(sent[h]); append(record); at[h] = AT; wish[h] = 2 }

inline tellAgain(h) {           /* the store has it already */
#ifndef WITHOUT_toldAgainIsNew
    record = NOW(record);
#endif
    append(record); at[h] = AT; wish[h] = 2
}

inline join(h) {
    /* what is doubtful ends with its epoch */
    if
    :: doubt[h] -> copy[h] = 0; made[h] = 0; sent[h] = 0; dropped = 1;
        if
        :: wish[h] == 1 || wish[h] == 2 || wish[h] == 4 || wish[h] == 6 -> wish[h] = 7
        :: else
        fi
    :: else
    fi;
    doubt[h] = doubt[h] | over[h]; over[h] = 0;
    at_[h] = epoch; taken[h] = AT;
#ifndef WITHOUT_answerWithinEpoch
    answer[h] = 0;
#endif
    dirty[h] = 0;
    if
    :: wish[h] == 1 || wish[h] == 2 || wish[h] == 4 -> wish[h] = 6; at[h] = 0
    :: wish[h] == 3 -> wish[h] = 0; sent[h] = 0
    :: else
    fi;
    if
    :: record -> hear(h, record)
    :: want -> hear(h, want)
    :: else
    fi;
#ifndef WITHOUT_restoreVersion
    if
    :: EDITION(known[h]) > EDITION(record) && EDITION(known[h]) > EDITION(want) ->
        want = known[h]; record = 0; append(want)
    :: else
    fi;
#endif
    if
    :: !doubt[h] || at_[0] == at_[1] -> complete = 1
    :: else
    fi
}

/* after a fail-over a host puts back what the store lacks: its copy, or what it sent where others have seen it done */
#define FITS(r) ((r) && (want == 0 || SAME(r, want) || EDITION(r) > EDITION(want)))
#ifdef WITHOUT_senderKeeps
#define HELD(h) copy[h]
#else
#define HELD(h) (sent[h] && SAME(sent[h], want) && wish[h] == 6 -> sent[h] : copy[h])
#endif
#define NOBODY (epoch == 1 && !dropped && record == 0 && IN(0) && IN(1) && !FITS(HELD(0)) && !FITS(HELD(1)))

#ifdef WITHOUT_changeWhenComplete
#define OPEN 1
#else
#define OPEN complete
#endif

#ifdef WITHOUT_senderPutsBack
#define LOST(h) 0
#else
#define LOST(h) (want && SAME(sent[h], want))
#endif

#define HOST(h) \
    :: d_step { wish[h] == 0 && copy[h] && IN(h) && !doubt[h] -> \
        sent[h] = (copy[h] & ~31) | 4 * (VERSION(copy[h]) + 1) | (copy[h] & 3) | BIT(h); wish[h] = 1 } \
    :: d_step { wish[h] == 1 && IN(h) && OPEN -> \
        if :: MAYCHANGE(h) -> change(h) :: else -> wish[h] = 3 fi } \
    :: d_step { wish[h] == 2 && IN(h) -> wish[h] = 4; \
        if :: EDITION(NOW(sent[h])) >= EDITION(copy[h]) && EDITION(NOW(sent[h])) >= EDITION(known[h]) -> \
            copy[h] = NOW(sent[h]); made[h] = 1; known[h] = copy[h] :: else fi; \
        CHECK } \
    :: d_step { wish[h] == 3 && IN(h) -> wish[h] = 0; sent[h] = 0 } \
    /* who is not in the epoch has no lease any more, by the fence; a member may be expelled once */ \
    :: d_step { wish[h] == 4 && IN(h) && taken[h] >= at[h] && (taken[1 - h] >= at[h] || !IN(1 - h) || !lapsed) -> \
        if \
        :: !IN(1 - h) -> over[1 - h] = 1 \
        :: IN(1 - h) && taken[1 - h] < at[h] -> over[1 - h] = 1; lapsed = 1 \
        :: else \
        fi; \
        wish[h] = 5; answered = answered | BIT(h); sent[h] = 0; CHECK } \
    /* the outcome was lost: it is sent again */ \
    :: d_step { wish[h] == 6 && IN(h) && OPEN && record -> \
        if \
        :: SAME(record, sent[h]) -> tellAgain(h) \
        :: !SAME(record, sent[h]) && MAYCHANGE(h) -> change(h) \
        :: else -> wish[h] = 0; sent[h] = 0 \
        fi } \
    /* the store lacks it, and both have put back what they hold: it gives up what is not known to be lost */ \
    :: d_step { wish[h] == 6 && epoch && IN(0) && IN(1) && complete && record == 0 && !(want == 0 && FITS(copy[h])) -> \
        if \
        :: LOST(h) -> record = NOW(want); want = 0; append(record); at[h] = AT; wish[h] = 2 \
        :: else -> wish[h] = 0; sent[h] = 0 \
        fi; \
        CHECK; assert(!NOBODY) } \
    :: d_step { IN(h) && copy[h] == 0 && complete && record && answer[h] == 0 -> FETCH(h) } \
    :: d_step { answer[h] && IN(h) -> \
        if :: !dirty[h] && copy[h] == 0 -> copy[h] = answer[h]; \
            if :: EDITION(answer[h]) > EDITION(known[h]) -> known[h] = answer[h] :: else fi \
        :: else fi; \
        answer[h] = 0; dirty[h] = 0; CHECK } \
    :: d_step { IN(h) && taken[h] < AT -> takeUp(h); CHECK } \
    :: d_step { IN(h) && copy[h] && !made[h] -> copy[h] = 0 } \
    :: d_step { !IN(h) -> join(h); CHECK; assert(!NOBODY) } \
    :: d_step { over[h] && IN(h) && taken[h] == AT -> over[h] = 0; CHECK } \
    :: d_step { doubt[h] && complete && IN(h) && taken[h] == AT -> doubt[h] = 0; CHECK } \
    :: d_step { epoch && complete && IN(h) && record == 0 && FITS(HELD(h)) -> \
        record = (SAME(HELD(h), want) -> want : HELD(h)); want = 0; CHECK }

/* an entry that all members have taken up goes once the store has, or knows of, a newer record */
#ifdef WITHOUT_keepNewestChange
#define GOES(r) 1
#else
#define GOES(r) (EDITION(record | want) > EDITION(r))
#endif
#define TOOK(h) (!IN(h) || over[h] || taken[h] >= i)

active proctype world() {
    byte i;
    made[0] = 1;
    do
    HOST(0)
    HOST(1)
    :: d_step { n > 1 ->
        i = 8 * epoch;
        do
        :: i <= AT ->
            if
            :: TOOK(0) && TOOK(1) && stream[i] && GOES(stream[i]) -> stream[i] = 0
            :: else
            fi;
            i++
        :: else -> break
        od;
        i = 0 }
    :: d_step { epoch < LOSSES && replica != record -> replica = record }
    :: d_step { epoch < LOSSES -> complete = 0; epoch++; n = 1; record = replica; want = 0 }
#ifdef REACH
#if REACH == 1                  /* both updates are answered after a fail-over that lost the first */
    :: d_step { epoch && answered == 3 && replica == 4 && copy[0] == copy[1] && copy[0] -> assert(false) }
#endif
#if REACH == 2                  /* an update is answered over one of an older epoch with a higher version, which is gone */
    :: d_step { epoch && !IN(1) && record >> 5 == epoch && known[1] < record && VERSION(known[1]) > VERSION(record) &&
        (answered & record & 3) -> assert(false) }
#endif
#endif
    od
}
