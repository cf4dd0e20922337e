/*
 * change.pml: updates of a session's data by two hosts at once, against fetches that are under way, over a fail-over of
 * the store that loses what it likes.  Both hosts are members; a fetch may take any time; a copy may be dropped.
 *
 * A record is 4 * version + data; each host sets its own bit of the data, once.  The data also tells two records of the
 * same version apart, as the nonce of a sealed record does.
 *
 * Property: what has been answered is in every copy that a host accepts and in what the store gives out (P2, P4), and
 * the session does not vanish (P3).
 */
#define VERSION(r) ((r) >> 2)
#define AT (8 * epoch + n)
#define BIT(h) (1 << (h))

byte epoch, n = 1;              /* the epoch that is open, and the newest number of its stream */
byte record = 4;                /* what the store has; 0: nothing */
byte want;                      /* a record that the store has lost: nothing older is put back */
byte stream[16];                /* by number: the record that an entry names */
byte replica;
bit failed, complete = 1, here[2];

byte copy[2] = 4;               /* the record in the ledger; 0: none */
byte known[2] = 4;              /* the newest record that a host has heard of */
bit made[2];                    /* its copy is of its own making: it is kept */
byte taken[2] = 1;
byte answer[2];                 /* of a fetch, under way */
bit dirty[2];

byte wish[2];                   /* an update: 0 wanted, 1 sent, 2 done, 3 refused, 4 waits for the others, 5 answered,
                                   6 nobody knows */
byte sent[2], at[2];            /* the record that it sent; the number of its entry */
byte answered;

#define IN(h) (here[h] == failed)
#define LACKS(r) ((r) && (answered & ~(r) & 3))
#define CHECK assert(!LACKS(copy[0]) && !LACKS(copy[1]) && !(complete && LACKS(record)))

inline hear(h, r) {             /* an entry, or what the stream had from before */
#ifdef WITHOUT_changeNamesRecord
    if
    :: VERSION(sent[h]) == VERSION(r) && wish[h] == 6 -> known[h] = sent[h]
    :: else ->
#endif
    if
    :: VERSION(r) > VERSION(known[h]) -> known[h] = r
    :: else
    fi;
    if
    :: VERSION(sent[h]) == VERSION(r) && sent[h] != r && wish[h] == 6 -> wish[h] = 0; sent[h] = 0
    :: else
    fi;
    if
    :: copy[h] && VERSION(copy[h]) < VERSION(r) -> copy[h] = 0; made[h] = 0
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

inline change(h) {
    if
#ifdef WITHOUT_compareVersion
    :: record ->
#else
    :: record && VERSION(record) == VERSION(sent[h]) - 1 ->
#endif
        record = sent[h]; append(record); at[h] = AT; wish[h] = 2
    :: else -> wish[h] = 3
    fi
}

inline join(h) {
    here[h] = 1; taken[h] = AT;
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
    :: VERSION(known[h]) > VERSION(record) && VERSION(known[h]) > VERSION(want) ->
        want = known[h]; record = 0; append(want)
    :: else
    fi;
#endif
    if
    :: here[0] && here[1] -> complete = 1
    :: else
    fi
}

/* after a fail-over a host puts back what the store lacks: its copy, or what it sent where others have seen it done */
#define FITS(r) ((r) && (want == 0 || (r) == want || VERSION(r) > VERSION(want)))
#ifdef WITHOUT_senderKeeps
#define HELD(h) copy[h]
#else
#define HELD(h) (sent[h] && sent[h] == want && wish[h] == 6 -> sent[h] : copy[h])
#endif
#define NOBODY (record == 0 && complete && !FITS(HELD(0)) && !FITS(HELD(1)))

#ifdef WITHOUT_changeWhenComplete
#define OPEN 1
#else
#define OPEN complete
#endif

#define HOST(h) \
    :: d_step { wish[h] == 0 && copy[h] && IN(h) -> \
        sent[h] = 4 * (VERSION(copy[h]) + 1) + ((copy[h] & 3) | BIT(h)); wish[h] = 1 } \
    :: d_step { wish[h] == 1 && IN(h) && OPEN -> change(h) } \
    :: d_step { wish[h] == 2 && IN(h) -> wish[h] = 4; \
        if :: VERSION(sent[h]) >= VERSION(copy[h]) && VERSION(sent[h]) >= VERSION(known[h]) -> copy[h] = sent[h]; made[h] = 1; known[h] = sent[h] :: else fi; \
        CHECK } \
    :: d_step { wish[h] == 3 && IN(h) -> wish[h] = 0; sent[h] = 0 } \
    :: d_step { wish[h] == 4 && IN(h) && taken[0] >= at[h] && taken[1] >= at[h] -> \
        wish[h] = 5; answered = answered | BIT(h); sent[h] = 0; CHECK } \
    /* the outcome was lost: it is read back, and told again */ \
    :: d_step { wish[h] == 6 && IN(h) && complete && record -> \
        if \
        :: record == sent[h] -> append(record); at[h] = AT; wish[h] = 2 \
        :: record != sent[h] && (record & BIT(h)) -> append(record); at[h] = AT; wish[h] = 4; sent[h] = 0 \
        :: else -> wish[h] = 0; sent[h] = 0 \
        fi } \
    :: d_step { IN(h) && copy[h] == 0 && complete && record && answer[h] == 0 -> answer[h] = record; dirty[h] = 0 } \
    :: d_step { answer[h] && IN(h) -> \
        if :: !dirty[h] && copy[h] == 0 -> copy[h] = answer[h]; known[h] = (VERSION(answer[h]) > VERSION(known[h]) -> answer[h] : known[h]) :: else fi; \
        answer[h] = 0; dirty[h] = 0; CHECK } \
    :: d_step { IN(h) && taken[h] < AT -> takeUp(h); CHECK } \
    :: d_step { IN(h) && copy[h] && !made[h] -> copy[h] = 0 } \
    :: d_step { failed && !here[h] -> join(h); CHECK; assert(!NOBODY) } \
    :: d_step { failed && complete && IN(h) && record == 0 && FITS(HELD(h)) -> record = HELD(h); want = 0; CHECK }

active proctype world() {
    made[0] = 1;
    do
    HOST(0)
    HOST(1)
    :: d_step { !failed && replica != record -> replica = record }
    :: d_step { !failed -> failed = 1; complete = 0; epoch = 1; n = 1; record = replica }
#ifdef REACH
#if REACH == 1                  /* both updates are answered after a fail-over that lost the first */
    :: d_step { failed && answered == 3 && replica == 4 && copy[0] == copy[1] && copy[0] -> assert(false) }
#endif
#endif
    od
}
