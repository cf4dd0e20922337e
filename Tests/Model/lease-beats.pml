/*
 * lease-beats.pml: a part of lease.pml. A host sends a beat, the store executes it, the host takes up the answer.
 */
/* request: 1 knows the end, 2 sure, 4 join, 8.. whom to expel, plus one */
#define CANBEAT(h) (!HAS(dead, h) && b[h] == 0)
inline sendBeat(h, x) {
    b[h] = 1; bage[h] = 0; bslack[h] = SKIP;
#ifdef WITHOUT_probeBeforeSure
    bq[h] = HAS(tomb, h) + 2 * (lease[h] > 0) + 4 * (1 - HAS(joined, h)) + 8 * (x)
#else
    bq[h] = HAS(tomb, h) + 2 * (lease[h] > 0 && HAS(probed, h)) + 4 * (1 - HAS(joined, h)) + 8 * (x)
#endif
}

#ifdef WITHOUT_leaseToExpel
#define MAYEXPEL(h) 1
#else
#define MAYEXPEL(h) (lease[h] > 0)
#endif
#define CANEXPEL(h, m) (HAS(joined, h) && (m) != h && HAS(view[h], m) && w[h * N + m] == 0 && HAS(f[h], m) && MAYEXPEL(h))

inline joins1(h, x) {           /* a join is known to whoever hears of it from now on, whatever it knew of an earlier one */
#ifndef WITHOUT_joinByNumber
    if
    :: x != h -> OFF(rv[st * N + x], h)
    :: else
    fi;
    if
    :: STORE(x) == st && x != h -> OFF(jk[x], h); OFF(jq[x], h)
    :: else
    fi
#else
    skip
#endif
}
inline joins(h) { joins1(h, 0); joins1(h, 1); THIRD(joins1(h, 2)) }

inline outdate1(h, x) {
    if
    :: STORE(x) == st -> OFF(f[x], h); OFF(g[x], h)
    :: else
    fi
}
inline outdate(h) { outdate1(h, 0); outdate1(h, 1); THIRD(outdate1(h, 2)) }

inline knownTo1(h, x) {
    if
    :: x != h && HAS(mem[st], x) && !HAS(rv[st * N + x], h) -> kn = 0
    :: else
    fi
}
inline knownToAll(h) {          /* k: whether every member knew h at its last beat */
    kn = 1;
    knownTo1(h, 0); knownTo1(h, 1); THIRD(knownTo1(h, 2))
#ifdef WITHOUT_joinKnownToAll
    kn = 1
#endif
}

inline execBeat(h) {
    st = STORE(h);
    if
#ifndef WITHOUT_probeBeforeSure
    :: (bq[h] & 4) && st == 1 && !HAS(probed, h) -> pr[h] = 8 * PROBED
#endif
    :: (bq[h] & 4) && (st == 0 || PROBE_DONE(h)) ->
#ifdef WITHOUT_joinInCount
        ON(fresh, h);
#else
        outdate(h);
#endif
        joins(h);
        ON(mem[st], h); rv[st * N + h] = 0;
        if
        :: (bq[h] & 1) ->
#ifndef WITHOUT_restoreEnds
            rec[st] = ENDED;
#endif
            ON(ack[st], h)
        :: else -> OFF(ack[st], h)
        fi;
        if
        :: st == 1 && HAS(old, h) ->
            ON(present, h); need = need | view[h];
            if
            :: (bq[h] & 2) || (need & ~present) == 0 -> complete = 1
            :: else
            fi
#ifdef WITHOUT_onlySureCompletes
            ; complete = 1
#endif
        :: else
        fi;
        pr[h] = 8 * JOINED
    :: !(bq[h] & 4) ->
        if
        :: !HAS(mem[st], h) -> pr[h] = 8 * EXPELLED
        :: else ->
#ifdef WITHOUT_joinInCount     /* the first beat after a join has the number that the other one last saw */
            if
            :: HAS(fresh, h) -> OFF(fresh, h)
            :: else -> outdate(h)
            fi;
#else
            outdate(h);
#endif
            rv[st * N + h] = jk[h];
            if
            :: bq[h] & 1 -> ON(ack[st], h)
            :: else
            fi;
            tg = bq[h] >> 3;
            if
#ifdef WITHOUT_expelIfUnchanged
            :: tg > 0 -> OFF(mem[st], tg - 1)
#else
            :: tg > 0 && HAS(f[h], tg - 1) -> OFF(mem[st], tg - 1)
#endif
            :: else
            fi;
            knownToAll(h);
            pr[h] = 8 * LEASED * kn;
            if
            :: rec[st] == ENDED && (mem[st] & ~ack[st]) == 0 -> pr[h] = pr[h] + 4
            :: else
            fi
        fi
    fi;
    pr[h] = pr[h] + (rec[st] == ENDED) + 2 * (st == 0 || complete);
#ifdef WITHOUT_acknowledgeApplied
    if
    :: rec[st] == ENDED -> ON(ack[st], h)
    :: else
    fi;
#endif
    pv[h] = mem[st]; jq[h] = mem[st];
    if
    :: HAS(EXPELLERS, h) -> g[h] = (1 << N) - 1
    :: else
    fi;
#ifdef WAIT
    b[h] = 2;
#else
    b[h] = 3;
#endif
    DONE
}

inline clearBeat(h) { b[h] = 0; bage[h] = 0; bslack[h] = 0; bq[h] = 0; pr[h] = 0; pv[h] = 0; jq[h] = 0; g[h] = 0 }

inline look1(h, x) {
    if
    :: x != h && HAS(pv[h], x) ->
        if
        :: HAS(g[h], x) && !HAS(f[h], x) -> ON(f[h], x);
#ifdef WITHOUT_margin
            w[h * N + x] = L
#else
            w[h * N + x] = L + G
#endif
        :: else
        fi
    :: else -> OFF(f[h], x); w[h * N + x] = 0
    fi
}
inline look(h) {
    if
    :: HAS(EXPELLERS, h) -> look1(h, 0); look1(h, 1); THIRD(look1(h, 2))
    :: else
    fi
}
inline forget(h) { w[h * N] = 0; w[h * N + 1] = 0; THIRD(w[h * N + 2] = 0) }

inline recvBeat(h) {
    tg = pr[h] >> 3;
    if                          /* ends first, then the lease */
    :: (pr[h] & 1) && tg != PROBED -> ON(tomb, h); OFF(copy, h)
    :: else
    fi;
    if
    :: tg == JOINED ->
        ON(joined, h); view[h] = pv[h]; jk[h] = jq[h];
        if
        :: STORE(h) == 0 -> ON(old, h)
        :: else ->
            if
            :: HAS(old, h) && !(bq[h] & 2) -> ON(doubt, h)
            :: else
            fi;
#ifdef WITHOUT_fence
            fence[h] = 0
#else
            fence[h] = L + G
#endif
        fi;
        look(h)
    :: tg == PROBED -> ON(probed, h)
    :: tg == EXPELLED -> OFF(joined, h)
    :: else ->
        view[h] = pv[h]; jk[h] = jq[h];
        look(h);
        if
#ifdef WITHOUT_leaseFromSending
        :: tg == LEASED -> lease[h] = L; slack[h] = SKIP
#else
        :: tg == LEASED && L > bage[h] && L - bage[h] >= lease[h] -> lease[h] = L - bage[h]; slack[h] = bslack[h]
#endif
        :: else
        fi
    fi;
    if
    :: (pr[h] & 2) && tg != PROBED -> OFF(doubt, h)
    :: else
    fi;
    if
    :: (pr[h] & 4) && HAS(waiting, h) && fence[h] == 0 -> answered = 1; OFF(waiting, h)
    :: else
    fi;
#ifdef WITHOUT_leaseOnBoard
    if
    :: lease[h] > 0 -> ON(open, h)
    :: else
    fi;
#endif
    clearBeat(h);
    DONE;
    SAFE
}
