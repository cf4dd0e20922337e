/*
 * login.pml: the end of all sessions of a user, or of everybody in a realm, against logins and fetches that are under
 * way, over a fail-over of the store that loses what it likes.
 *
 * There is no counter of generations.  The number of a stream entry is the generation: a record carries the number that
 * the stream had when the record was put, and an end of all carries the number of its entry.  Numbers of different
 * epochs compare by epoch first.  Host 0 logs the user in, host 1 fetches what host 0 made.  Membership and leases are
 * the other model's affair: both hosts are members, and an end of all is answered once both have taken it up.
 *
 * Property: no host accepts a session whose login began before an end of all that has been answered (P2, P4); no end of
 * all takes a session whose login began after it (P3).
 */
#ifndef LOGINS
#define LOGINS 1
#endif
#ifndef FETCHES
#define FETCHES 1
#endif
#define USER 1
#define REALM 2
#define AT (8 * epoch + n)      /* the newest number of the stream */
#define MAX(x, y) ((x) > (y) -> (x) : (y))

typedef Store { byte n, record, begun, all[3] }    /* record: the number that it carries; all[kind]: of the last end */
byte epoch, n;                  /* the epoch that is open, and its newest number */
byte record, begun;             /* what the store has; begun is a ghost, of when the login began: how many ends of all had
                                   been ordered (two bits), and which kinds of them had been answered (two bits) */
byte all[3];                    /* by kind: the number of the last end of all */
byte kinds[16], value[16];      /* the stream: what kind of entry has this number, and the number that it tells of */
Store replica;
bit failed, complete = 1, here[2];

byte taken[2];                  /* the number up to which a host has taken the stream up */
byte copy[2], copyBegun[2];
byte good0[3], good1[3];        /* by kind: the least number of a record that is good */
bit reborn;
bit lapsed, expelled, doubt;    /* host 0, once: its lease is over; in doubt: it cannot know what was ended meanwhile */

byte loginFrom, loginBegun;     /* a login under way; from is the number taken up when it began, plus one */
byte answer[2], answerBegun[2]; /* an answer with a record under way; the epoch in which it was given */
bit answerEpoch[2];
byte logins, fetches;

byte mine[3], order[3];         /* an end of all under way: its number; its place among all ends */
byte ended, answered, kindsAnswered, wanted = 3;

#define GOOD(h, k) (h == 0 -> good0[k] : good1[k])
#define ORDERED(b) ((b) & 3)
#define PRECEDED(b, k) (((b) >> 2) & (k))
#define IN(h) (here[h] == failed && (h == 1 || !expelled))
#define CHECK assert(!(!expelled && !doubt && copy[0] && ORDERED(copyBegun[0]) < answered) && !(copy[1] && ORDERED(copyBegun[1]) < answered))

inline raise(h, k, m) {
    if
    :: h == 0 -> good0[k] = MAX(good0[k], m)
    :: else -> good1[k] = MAX(good1[k], m)
    fi;
#ifdef WITHOUT_endAllComparesNumber
    if
    :: copy[h] -> assert(!PRECEDED(copyBegun[h], k)); copy[h] = 0; copyBegun[h] = 0
    :: else
    fi
#else
    if
    :: copy[h] && copy[h] < m -> assert(!PRECEDED(copyBegun[h], k)); copy[h] = 0; copyBegun[h] = 0
    :: else
    fi
#endif
}

inline takeUp(h) {              /* the next entry; entries that only number are passed over */
    taken[h]++;
    if
    :: kinds[taken[h]] -> raise(h, kinds[taken[h]], value[taken[h]])
    :: else
    fi
}

inline adopt(h) {
    if
#ifdef WITHOUT_adoptComparesNumber
    :: 1 ->
#else
#ifdef WITHOUT_everybodyIsCompared
    :: answerEpoch[h] == epoch && answer[h] >= GOOD(h, USER) ->
#else
    :: answerEpoch[h] == epoch && answer[h] >= GOOD(h, USER) && answer[h] >= GOOD(h, REALM) ->
#endif
#endif
        copy[h] = answer[h]; copyBegun[h] = answerBegun[h]
    :: else
    fi;
    answer[h] = 0; answerBegun[h] = 0; answerEpoch[h] = 0
}

#ifdef WITHOUT_cancelLogin
#define CANCELLED 0
#else
#ifdef WITHOUT_everybodyIsCompared
#define CANCELLED (all[USER] > loginFrom - 1 || OTHEREPOCH)
#else
#define CANCELLED (all[USER] > loginFrom - 1 || all[REALM] > loginFrom - 1 || OTHEREPOCH)
#endif
#endif
#ifdef WITHOUT_loginWithinEpoch
#define OTHEREPOCH 0
#else
#define OTHEREPOCH (((loginFrom - 1) >> 3) != epoch)
#endif

inline endAll(k) {
    n++; all[k] = AT; kinds[AT] = k; value[AT] = AT; mine[k] = AT;
    if
    :: order[k] == 0 -> ended++; order[k] = ended
    :: else
    fi
}

inline join(h) {                /* reads the stream from its start, and tells what the store has lost */
    here[h] = 1; taken[h] = AT;
    raise(h, USER, all[USER]); raise(h, REALM, all[REALM]);
#ifndef WITHOUT_restoreEndAll
    restore(h, USER);
    restore(h, REALM);
#endif
    if
    :: h == 0 && expelled -> expelled = 0; doubt = 1
    :: else
    fi;
    if
    :: here[0] && here[1] || h == 1 && !reborn -> complete = 1
    :: else
    fi
}
inline restore(h, k) {
    if
    :: GOOD(h, k) > all[k] -> all[k] = GOOD(h, k); n++; kinds[AT] = k; value[AT] = all[k]
    :: else
    fi
}

active proctype world() {
    n = 1; taken[0] = 1; taken[1] = 1;
    do
    /* host 0 logs in */
    :: d_step { logins < LOGINS && loginFrom == 0 && IN(0) -> logins++; loginFrom = taken[0] + 1; loginBegun = ended | (kindsAnswered << 2) }
    :: d_step { loginFrom && IN(0) && answer[0] == 0 ->
        if
        :: !CANCELLED -> record = AT; begun = loginBegun; answer[0] = record; answerBegun[0] = begun; answerEpoch[0] = epoch
        :: else
        fi;
        loginFrom = 0; loginBegun = 0
       }
    :: d_step { answer[0] -> adopt(0); CHECK }
    /* host 1 fetches */
    :: d_step { fetches < FETCHES && record && complete && IN(1) && answer[1] == 0 ->
        fetches++; answer[1] = record; answerBegun[1] = begun; answerEpoch[1] = epoch }
    :: d_step { answer[1] -> adopt(1); CHECK }
    /* the stream */
    :: d_step { IN(0) && taken[0] < AT -> takeUp(0); CHECK }
    :: d_step { IN(1) && taken[1] < AT -> takeUp(1); CHECK }
    /* somebody ends all sessions of the user; somebody those of everybody */
    :: d_step { (wanted & USER) && IN(1) -> wanted = wanted & ~USER; endAll(USER) }
    :: d_step { (wanted & REALM) && IN(1) -> wanted = wanted & ~REALM; endAll(REALM) }
    :: d_step { mine[USER] && mine[USER] >> 3 == epoch && (expelled || taken[0] >= mine[USER]) && taken[1] >= mine[USER] ->
        answered = MAX(answered, order[USER]); kindsAnswered = kindsAnswered | USER; mine[USER] = 0; CHECK }
    :: d_step { mine[REALM] && mine[REALM] >> 3 == epoch && (expelled || taken[0] >= mine[REALM]) && taken[1] >= mine[REALM] ->
        answered = MAX(answered, order[REALM]); kindsAnswered = kindsAnswered | REALM; mine[REALM] = 0; CHECK }
    /* one that was not answered in its epoch is told again */
    :: d_step { mine[USER] && mine[USER] >> 3 < epoch && here[1] -> endAll(USER) }
    :: d_step { mine[REALM] && mine[REALM] >> 3 < epoch && here[1] -> endAll(REALM) }
    /* the replica follows when it likes, is promoted, and is opened as a new epoch */
    :: d_step { !failed && (replica.n != n || replica.record != record) ->
        replica.n = n; replica.record = record; replica.begun = begun;
        replica.all[USER] = all[USER]; replica.all[REALM] = all[REALM] }
    :: d_step { !failed ->
        failed = 1; complete = 0; epoch = 1; n = 1; record = replica.record; begun = replica.begun;
        all[USER] = replica.all[USER]; all[REALM] = replica.all[REALM] }
    :: d_step { failed && !here[0] -> join(0); CHECK }
    :: d_step { doubt && complete && taken[0] == AT -> doubt = 0; CHECK }
    :: d_step { failed && !here[1] -> join(1); CHECK }
    /* after it, a host puts back what it holds and the store lacks */
    :: d_step { failed && complete && copy[1] && here[1] && record < copy[1] && copy[1] >= all[USER] && copy[1] >= all[REALM] ->
        record = copy[1]; begun = copyBegun[1] }
    /* host 1 is replaced by one without memory, that reads the stream as the store has it */
    :: d_step { !reborn && IN(1) ->
        reborn = 1; copy[1] = 0; copyBegun[1] = 0; answer[1] = 0; answerBegun[1] = 0; answerEpoch[1] = 0;
        good1[USER] = all[USER]; good1[REALM] = all[REALM]; taken[1] = AT }
    /* host 0 is expelled: its lease is over; it reads the stream and joins again, there or in the new epoch */
    :: d_step { !lapsed && IN(0) -> lapsed = 1; expelled = 1; answer[0] = 0; answerBegun[0] = 0; answerEpoch[0] = 0 }
    :: d_step { expelled && here[0] == failed && taken[0] < AT -> takeUp(0) }
    :: d_step { expelled && here[0] == failed && taken[0] == AT -> expelled = 0; CHECK }
#ifdef REACH
#if REACH == 1                  /* a session begun before an end of all that is not answered yet is still there */
    :: d_step { copy[1] && ended && !answered && ORDERED(copyBegun[1]) == 0 -> assert(false) }
#endif
#if REACH == 2                  /* both ends answered, after the fail-over, and a later session lives on both hosts */
    :: d_step { failed && answered == 2 && copy[0] && copy[1] -> assert(false) }
#endif
#endif
    od
}
