/*
 * board.pml: how one process reads the board of its host, by single loads.  The daemon applies ends and then extends the lease; the
 * revoker answers when the daemon has acknowledged, or the lease is over (perfect clocks here; the margin is the
 * affair of lease.pml).
 *
 * Property: no yes to a question that was asked after the revocation had been answered (P2).
 */
#define TIME 5
#define L 2
byte now;
byte leaseUntil = L, started;   /* the word on the board; when the last renewal that the store has granted began */
bit entry = 1;                  /* the slot on the board */
bit ended, acked, expelled, answered;

active proctype clock() { do :: now < TIME -> now++ :: else -> break od }

active proctype daemon() {
    byte s; bit got;
    do
    :: s = now;
       atomic { got = ended; if :: !expelled -> started = s :: else -> expelled = 0; started = s fi };
#ifdef WITHOUT_endsBeforeLease
       leaseUntil = s + L;
       if :: got -> entry = 0 :: else fi;
#else
       if :: got -> entry = 0 :: else fi;
       leaseUntil = s + L;
#endif
       if :: got -> acked = 1 :: else fi
    :: now == TIME -> break
    od
}

active proctype revoker() {
    ended = 1;
    if
    :: acked
    :: atomic { now >= started + L && !acked -> expelled = 1 }
    fi;
    answered = 1
}

active proctype reader() {
    bit after, e; byte c, l;
    do
    :: now < TIME ->
       after = answered;        /* the question is asked */
#ifdef WITHOUT_clockAfterReceipt        /* a daemon that took the time before it received the question */
       skip
#else
       c = now
#endif
       ;
#ifdef WITHOUT_leaseBeforeSlot
       e = entry; l = leaseUntil;
#else
       l = leaseUntil; e = entry;
#endif
       assert(!(after && c < l && e));
#ifdef WITHOUT_clockAfterReceipt
       c = now
#endif
    :: else -> break
    od
}

