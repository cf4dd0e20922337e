/*
 * late.pml: an end that comes to the store after its sender has lost the connection and has joined again.  The sender does
 * not know what became of it, and sends it once more; or it has lost its memory, and knows of no end.
 *
 * Host 0 ends a session s, with all sessions of its user.  Of a connection that is gone, one call may still be on its way.
 * Once the end of all is answered, the user logs in.  Another host ends s as well, and is answered when host 0 has
 * acknowledged that.
 *
 * The table of ends of host 0 may overflow while its call is under way.  Calls that were sent later are executed later;
 * a fetch has a connection of its own.
 *
 * Properties: no session ends that began after an end of all had been answered, unless another one was asked for (P3).
 * Host 0 does not accept s once its end has been answered (P2).
 */
#define JOINS 3
byte join = 1;                  /* the number of the member's last join, as store and host have it */
byte late;                      /* a call of an older connection is on its way: the join in which it was sent */
byte sent;                      /* the call of this connection: the join in which it was sent */
bit answered;                   /* the end of all */
bit session;                    /* began after the answer */
bit ended, acknowledged, told;  /* the store has the end of s; host 0 has acknowledged it; another host was answered */
bit knows, copy = 1;            /* of host 0 */
bit found;                      /* the answer of a fetch of host 0, which found s, is on its way */
bit leased = 1;                 /* host 0 */
byte beat;                      /* of host 0: 1 sent, 2 executed before the store had the end, 3 executed after that */
bit behind;                     /* it was sent behind the call */
bit overflowed;

#ifdef WITHOUT_callOfThisJoin
#define FITS(x) 1
#else
#define FITS(x) ((x) == join)
#endif
#define CHECK assert(!(told && copy && leased))

inline lose() {                 /* the connection is gone, and the call is lost or late; the host joins again */
    join++; found = 0; beat = 0;
    if :: sent != 0 -> late = sent :: skip fi;
    sent = 0
}

active proctype world() {
    do
    :: d_step { !answered && sent == 0 -> sent = join; knows = 1; copy = 0 }
    :: d_step { sent != 0 -> sent = 0; answered = 1; ended = 1; acknowledged = 1 }
    :: atomic { join < JOINS -> lose() }
    /* the daemon has crashed: it reads the stream before it joins */
    :: atomic { join < JOINS -> lose(); knows = ended; copy = 0; acknowledged = ended }
    :: d_step { late != 0 && FITS(late) -> late = 0; ended = 1; acknowledged = 1; assert(!session) }
    :: d_step { late != 0 && !FITS(late) -> late = 0; ended = 1 }
    :: d_step { answered && !session -> session = 1 }
    :: d_step { !ended && !copy && !found -> found = 1 }
    :: d_step { found -> found = 0; copy = !knows; CHECK }
    :: d_step { ended && !acknowledged -> knows = 1; copy = 0; acknowledged = 1 }
    :: d_step { !told && !ended -> ended = 1 }
    :: d_step { beat == 0 -> beat = 1; behind = (sent != 0) }
    :: d_step { beat == 1 && !(behind && sent != 0) -> beat = 2 + ended }
    /* a lease that is over begins again only where the stream has come to the number of the answer */
    :: d_step { beat > 1 -> leased = (leased || beat == 2 || knows); beat = 0; CHECK }
    :: d_step { !overflowed && knows -> overflowed = 1; knows = 0; found = 0;
#ifndef WITHOUT_endsBesideLedger
        copy = 0; leased = 0; beat = 0
#endif
       }
    :: d_step { ended && acknowledged && !told -> told = 1; CHECK }
#ifdef REACH
#if REACH == 1                  /* a session begins while such a call is on its way */
    :: d_step { session && late != 0 -> assert(false) }
#endif
#if REACH == 2                  /* a host that has lost its memory holds s while such a call is on its way */
    :: d_step { copy && late != 0 -> assert(false) }
#endif
#endif
    od
}
