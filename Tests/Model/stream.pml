/*
 * stream.pml: what a host has read of the stream, when the store comes back with less than it had, and when the front of
 * the stream is trimmed wrongly.  Host A ends the one session, host B holds a copy of it.  Numbers count within an
 * epoch; B has read all up to `taken`, and says so in its beats.  A host that is expelled says yes to nothing.
 *
 * Property: after the end has been answered, B does not accept the session (P2, P4).
 */
#define AT (8 * epoch + n)
#define LAST 4                  /* entries of an epoch */

byte epoch, n = 1, tomb;        /* the store: its epoch, the newest number, the entry that ended the session */
bit ended[16];                  /* by number: the entry ends the session */
byte front;                     /* entries up to this one have been trimmed */
byte acked = 1;                 /* what B has acknowledged */
bit member = 1, opened = 1, complete = 1, failed;
byte replicaN = 1, replicaTomb, replicaAcked = 1;
bit replicaMember = 1;

bit copy = 1, doubt, lapsed;
byte taken = 1;
bit epochOf[2];                 /* the epoch in which a host believes to be */
byte wish, number;              /* the end: 0 not asked, 1 asked, 2 has its number, 3 answered */

#define YES (copy && !lapsed && !doubt)
#define FENCED (epochOf[1] == epoch || lapsed)     /* the lease model's `fence` */
#define CHECK assert(!(wish == 3 && YES))
#ifdef WITHOUT_strictCalls
#define ACCEPTS(h) (epochOf[h] == epoch)
#else
#define ACCEPTS(h) (epochOf[h] == epoch && opened)
#endif

inline read(m) {
    if
    :: m > front && ended[m] -> copy = 0
    :: else
    fi
}
inline gap() {
#ifdef WITHOUT_gapDropsCopies
    skip
#else
    if
    :: front > taken -> copy = 0
    :: else
    fi
#endif
}
inline append() { n++; ended[AT] = 1; tomb = AT }

active proctype world() {
    byte i;
    do
    /* others' entries */
    :: d_step { opened && n < LAST - 1 -> n++ }
    /* A */
    :: d_step { wish == 0 -> wish = 1 }
    :: d_step { wish == 1 && ACCEPTS(0) && n < LAST ->
        if
        :: tomb >> 3 == epoch && tomb -> number = tomb
        :: else -> append(); number = tomb
        fi;
        wish = 2 }
    :: d_step { wish == 2 && ACCEPTS(0) && 
        (!member || acked >= number) && FENCED -> wish = 3; CHECK }
    /* B reads, beats, fetches; its copy of an ended session is gone before the acknowledgement */
    :: d_step { ACCEPTS(1) && !lapsed && taken < AT -> gap(); taken = (front > taken -> front : taken + 1); read(taken); CHECK }
    :: d_step { ACCEPTS(1) && member && !lapsed && acked < taken -> acked = taken }
    /* B's lease is over, and B is expelled; it reads on, and joins again */
    :: d_step { !lapsed && (member || !opened) ->
        lapsed = 1;
        if :: opened && epochOf[1] == epoch -> member = 0 :: else fi }
    :: d_step { lapsed && ACCEPTS(1) && !member ->
        gap();
        i = taken + 1;
        do :: i <= AT -> read(i); i++ :: else -> break od;
        i = 0; taken = AT; acked = AT; member = 1; lapsed = 0; CHECK }
    /* entries are trimmed too early */
    :: d_step { front < AT && epoch == 0 && front == 0 -> front = AT }
    /* the replica follows, is promoted, is opened */
    :: d_step { !failed && front == 0 && (replicaN != n || replicaAcked != acked || replicaMember != member) ->
        replicaN = n; replicaTomb = tomb; replicaAcked = acked; replicaMember = member }
    :: d_step { !failed ->
        failed = 1; opened = 0; n = replicaN; tomb = replicaTomb; acked = replicaAcked; member = replicaMember;
        i = replicaN + 1;
        do :: i < 8 -> ended[i] = 0; i++ :: else -> break od;
        i = 0 }
    :: d_step { failed && !opened ->
        opened = 1; epoch = 1; n = 1; member = 0; acked = 0; complete = 0; i = 0 }
    /* A joins the new epoch; it is sure, and tells the end that it knows.  What was not answered is asked again */
    :: d_step { failed && opened && epochOf[0] == 0 ->
        epochOf[0] = 1; complete = 1;
        if
        :: wish && tomb == 0 -> append()
        :: else
        fi;
        if
        :: wish == 2 -> wish = 1
        :: else
        fi }
    :: d_step { failed && opened && epochOf[1] == 0 ->
        epochOf[1] = 1; doubt = lapsed; lapsed = 0;
        gap();
#ifndef WITHOUT_streamFromStart
        i = 1;
        do :: i < 8 -> read(i); i++ :: else -> break od;
#endif
        i = 8;
        do :: i <= AT -> read(i); i++ :: else -> break od;
        i = 0; taken = AT; acked = AT; member = 1; CHECK }
    :: d_step { doubt && complete && taken == AT -> doubt = 0; CHECK }
#ifdef REACH
#if REACH == 1                  /* answered in the new epoch, by a store that had lost the end, with B a member */
    :: d_step { wish == 3 && epoch == 1 && replicaTomb == 0 && number > 8 && member && !doubt -> assert(false) }
#endif
#endif
    od
}
