/*
 * spare.pml: ends of all sessions that spare one, beside ends that do not, over a loss of the store's memory.  The one
 * session was put at the start, and host 1 has made it.  One end of all of its user spares it, another one does not, and one
 * is of everybody in its realm.
 *
 * Numbers of different epochs compare by epoch first.  Host 0's lease may be over once: it is expelled, reads on, and is
 * in doubt in a new epoch.  Host 1's is unbroken unless it LAPSES.
 *
 * Property: no host accepts the session after an end that did not spare it has been answered (P2, P4); nothing ends it
 * before such an end has been asked for, and nobody is told that there is no such session (P3).
 */
#ifndef LAPSES
#define LAPSES 1                /* hosts whose leases may be over, as a mask */
#endif
#ifndef SPARER
#define SPARER 1                /* who asks for the end that spares the session; host 1 asks for the others */
#endif
#ifdef ONLY_ENDS
#define MAYEND 1                /* P3 is not judged */
#else
#define MAYEND mayEnd
#endif
#define AT (8 * epoch + n)      /* the newest number of the stream */
#define BIT(h)    (1 << (h))
#define HAS(m, h) (((m) >> (h)) & 1)
#define ON(m, h)  m = m | BIT(h)
#define OFF(m, h) m = m & ~BIT(h)
/* kinds of entries */
#define USER 1
#define SPARING 2
#define REALM 3

/* ---- the store ---- */
byte epoch, n = 1;
byte record = 1;                /* the stamp of the session; 0: it is not there */
byte ofUser, ofRealm;           /* the numbers of the last ends of all */
byte kinds[16], value[16];      /* the stream: what kind of entry has this number, and the number that it tells of */
bit failed, complete = 1;
byte replicaN = 1, replicaRecord = 1, replicaUser, replicaRealm;

/* ---- hosts: masks ---- */
byte here, through, lapsed, expelled, doubt;
/* ---- hosts: arrays ---- */
byte copy[2] = 1;               /* the stamp of the copy; 0: none */
byte taken[2] = 1;
byte user[2], before[2], realm[2];      /* the last ends of all; before: the last one that did not spare the session */
bit spares[2];                  /* the last end of all of the user spared it */

byte wanted = 14, mine[4];      /* ends under way: those to be asked for; their numbers */
bit over, mayEnd;               /* one that did not spare it was answered; was asked for */

byte at;                        /* of one step; 0 between steps */
bit refused;

#define IN(h) (HAS(here, h) == failed && !HAS(expelled, h))
#define YES(h) (copy[h] && !HAS(expelled, h) && !HAS(doubt, h))
#define ALIVE (record && record >= ofUser && record >= ofRealm)
#define DOUBTFUL ((record >> 3) < epoch && !complete)
#define CHECK assert(!(over && (YES(0) || YES(1) || complete && ALIVE))); \
    assert(MAYEND || record == 0 || ALIVE)

inline endCopy(h) {
    assert(MAYEND);
    copy[h] = 0
}

/* A host takes up an end of all. */
inline hear(h, kind, m) {
    if
    :: kind == REALM ->
        realm[h] = (m > realm[h] -> m : realm[h]);
        if
        :: copy[h] && copy[h] < m -> endCopy(h)
        :: else
        fi
    :: kind == USER ->
        if
        :: m >= user[h] -> user[h] = m; spares[h] = 0; before[h] = 0
        :: m < user[h] && spares[h] && m > before[h] -> before[h] = m
        :: else
        fi;
        if
        :: copy[h] && copy[h] < m -> endCopy(h)
        :: else
        fi
    :: kind == SPARING ->
        if
        :: m >= user[h] ->
            if
            :: !spares[h] -> before[h] = user[h]
            :: else
            fi;
            user[h] = m; spares[h] = 1
        :: else
        fi;
        /* whether the store has spared it is the store's to know, where the copy is doubtful */
        if
        :: copy[h] && copy[h] < m && HAS(doubt, h) && (m >> 3) == epoch -> copy[h] = 0
        :: copy[h] && copy[h] < m && !(HAS(doubt, h) && (m >> 3) == epoch) -> copy[h] = m
        :: else
        fi
    :: else
    fi
}

inline takeUp(h) {
    taken[h]++;
    hear(h, kinds[taken[h]], value[taken[h]])
}

inline append(kind, m) { n++; kinds[AT] = kind; value[AT] = m }

/* The store: the session counts as put with the end that spares it. */
inline spare(m) {
    if
#ifdef WITHOUT_spareWhenComplete
    :: ALIVE -> record = m
#else
    :: ALIVE && !(((m) >> 3) == epoch && DOUBTFUL) -> record = m
#endif
    :: else
    fi
}

inline endAll(kind) {
    if
    :: kind == SPARING -> spare(AT + 1)
    :: else
    fi;
    append(kind, AT);
    if
    :: kind == REALM -> ofRealm = AT
    :: else -> ofUser = AT
    fi;
    mine[kind] = AT
}

inline tellUser(kind, m) {
    if
    :: m > ofUser ->
        if
        :: kind == SPARING -> spare(m)
        :: else
        fi;
        ofUser = m; append(kind, m)
    :: else
    fi
}
inline tellUsers(h) {
#ifndef WITHOUT_unsparedFirst
    if
    :: spares[h] -> tellUser(USER, before[h])
    :: else
    fi;
#endif
    if
    :: spares[h] -> tellUser(SPARING, user[h])
    :: else -> tellUser(USER, user[h])
    fi
}
inline tellRealm(h) {
    if
    :: realm[h] > ofRealm -> ofRealm = realm[h]; append(REALM, realm[h])
    :: else
    fi
}

/* Reads the stream from its start, tells what the store has lost, and joins. */
inline join(h) {
    if
    :: HAS(expelled, h) -> ON(doubt, h)
    :: else
    fi;
    OFF(expelled, h);
    at = 1;
    do
    :: at <= AT -> hear(h, kinds[at], value[at]); at++
    :: else -> break
    od;
    at = 0;
#ifdef WITHOUT_realmsFirst
    tellUsers(h);
    tellRealm(h);
#else
    tellRealm(h);
    tellUsers(h);
#endif
    ON(here, h);
    taken[h] = AT;
    if
    :: here == 3 || !HAS(doubt, h) -> complete = 1
    :: else
    fi
}

/* An end of all takes effect at home first. */
inline ask(h, kind) {
    wanted = wanted & ~BIT(kind);
    if
    :: kind != SPARING ->
        mayEnd = 1;
        copy[h] = 0
    :: else
    fi
}

/* One that spares the session waits until all have put back what they hold. */
#ifdef WITHOUT_spareAfterPutBack
#define MAYSEND(kind) 1
#else
#define MAYSEND(kind) ((kind) != SPARING || !failed || through == 3)
#endif
#ifdef WITHOUT_absentWhenPutBack
#define KNOWS (!failed || complete)
#else
#define KNOWS (!failed || through == 3)
#endif

/* What is refused is dropped only where the stream has come to there. */
#ifdef WITHOUT_putBackAgain
#define READS_ON(h) 0
#else
#define READS_ON(h) (taken[h] < AT)
#endif

#define END(h, kind) \
    :: d_step { HAS(wanted, kind) && IN(h) && MAYSEND(kind) -> ask(h, kind); endAll(kind); CHECK } \
    :: d_step { mine[kind] && mine[kind] >> 3 == epoch && (HAS(expelled, 0) || taken[0] >= mine[kind]) && taken[1] >= mine[kind] -> \
        over = over || kind != SPARING; mine[kind] = 0; CHECK } \
    /* one that was not answered in its epoch is asked for again */ \
    :: d_step { mine[kind] && mine[kind] >> 3 < epoch && IN(h) && MAYSEND(kind) -> endAll(kind); CHECK }

#define HOST(h) \
    :: d_step { IN(h) && taken[h] < AT -> takeUp(h); CHECK } \
    :: d_step { failed && !HAS(here, h) -> join(h); CHECK } \
    :: d_step { HAS(doubt, h) && complete && IN(h) && taken[h] == AT -> OFF(doubt, h); CHECK } \
    /* a host without a copy asks the store */ \
    :: d_step { IN(h) && copy[h] == 0 && ALIVE && !DOUBTFUL && record >= user[h] && record >= realm[h] -> copy[h] = record; CHECK } \
    :: d_step { IN(h) && copy[h] == 0 && record == 0 && complete && KNOWS && !MAYEND -> assert(false) } \
    /* it puts back what the store lacks */ \
    :: d_step { failed && complete && IN(h) && !HAS(doubt, h) && !HAS(through, h) -> \
        if \
        :: copy[h] && record < copy[h] && copy[h] >= ofUser && copy[h] >= ofRealm -> record = copy[h] \
        :: copy[h] && (copy[h] < ofUser || copy[h] < ofRealm) && READS_ON(h) -> refused = 1 \
        :: copy[h] && (copy[h] < ofUser || copy[h] < ofRealm) && !READS_ON(h) -> endCopy(h) \
        :: else \
        fi; \
        if :: !refused -> ON(through, h) :: else fi; \
        refused = 0; CHECK } \
    /* a lease is over: the host is expelled, reads on and joins again, there or in the new epoch */ \
    :: d_step { HAS(LAPSES, h) && !HAS(lapsed, h) -> ON(lapsed, h); ON(expelled, h) } \
    :: d_step { HAS(expelled, h) && HAS(here, h) == failed && taken[h] < AT -> takeUp(h) } \
    :: d_step { HAS(expelled, h) && HAS(here, h) == failed && taken[h] == AT -> OFF(expelled, h); CHECK }

active proctype world() {
    do
    HOST(0)
    HOST(1)
    :: d_step { copy[0] && IN(0) -> copy[0] = 0 }      /* room for another one */
    END(1, USER)
    END(SPARER, SPARING)
    END(1, REALM)
    /* the replica follows when it likes, is promoted, and is opened as a new epoch; or the store comes back empty */
    :: d_step { !failed && (replicaN != n || replicaRecord != record) ->
        replicaN = n; replicaRecord = record; replicaUser = ofUser; replicaRealm = ofRealm }
    :: d_step { !failed ->
        failed = 1; complete = 0; record = replicaRecord; ofUser = replicaUser; ofRealm = replicaRealm;
        at = replicaN + 1;
        do
        :: at < 8 -> kinds[at] = 0; value[at] = 0; at++
        :: else -> break
        od;
        at = 0; epoch = 1; n = 1 }
    :: d_step { !failed ->
        failed = 1; complete = 0; record = 0; ofUser = 0; ofRealm = 0;
        at = 1;
        do
        :: at < 8 -> kinds[at] = 0; value[at] = 0; at++
        :: else -> break
        od;
        at = 0; epoch = 1; n = 1 }
#ifdef REACH
#if REACH == 1                  /* spared by an end that was lost and told again, and alive on both hosts */
    :: d_step { failed && replicaUser == 0 && ofUser && wanted == 10 && through == 3 && YES(0) && YES(1) && record && record < 8 -> assert(false) }
#endif
#endif
    od
}
