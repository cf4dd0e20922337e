/*
 * move.pml: a rotation that the store has executed and lost, before its sender was answered.  Host 0 is the sender, and
 * nobody else has the record under the new token.  Host 1 updates the session under the old token after the loss, where it
 * has not heard of the rotation.  All hosts hold the session at first.
 *
 * No answer rests on the rotation, so that each host that comes into the new epoch may be sure.
 *
 * Property: nothing is accepted without an update that has been answered (P2); and the session is there as long as its sender
 * tries, unless it was updated under the old token (P3).
 */
#define NONE 0
#define LIVE 1
#define OVER 2
#define LOST 3                  /* it has ended, and is known to go on under the new token */
byte old = LIVE;                /* what the store has of the old token */
bit updated;                    /* what it has there is the update */
bit new;                        /* it has the session under the new token, without the update */
bit epoch;                      /* the store has lost its memory */
bit moved, changed;             /* the entries of this epoch */

bit in[3] = 1;                  /* a host is in the epoch; who is not has no lease any more when something is answered */
bit copy[3] = 1;                /* it holds the session under the old token */
bit heard[3];                   /* it has heard of the rotation */
bit knows[3];                   /* it knows of the update */
bit adopted;                    /* the sender holds the session under the new token */
byte sent;                      /* the rotation: 0 wanted, 1 nobody knows, 2 executed, 3 refused */
bit answered;                   /* the update */

#ifdef WITHOUT_moveYieldsToNewer
#define YIELDS(what) 0
#else
#define YIELDS(what) (what)
#endif
#ifdef WITHOUT_moverPutsBack
#define PUTSBACK 0
#else
#define PUTSBACK (old == LOST)
#endif
#define CHECK \
    assert(!answered || !(new || in[0] && adopted)); \
    assert(sent != 3 || changed || old == LIVE || new)

inline takeUp(h) {
    if
    :: moved && !heard[h] -> heard[h] = 1; copy[h] = 0
    :: else
    fi;
    if
    :: changed && !knows[h] -> knows[h] = 1; copy[h] = 0;
        if
        :: YIELDS(h == 0) -> adopted = 0
        :: else
        fi
    :: else
    fi
}

inline join(h) {                /* it reads the stream, and tells what that has not told */
    in[h] = 1;
    takeUp(h);
    if
    :: heard[h] && !moved -> moved = 1;
        if
        :: YIELDS(knows[h] || old == LIVE && updated) -> old = OVER
        :: else -> old = LOST
        fi
    :: else
    fi
}

#define HOST(h) \
    :: d_step { epoch && !in[h] -> join(h); CHECK } \
    :: d_step { in[h] && (moved && !heard[h] || changed && !knows[h]) -> takeUp(h); CHECK } \
    :: d_step { epoch && in[h] && copy[h] && old == NONE -> old = LIVE; updated = knows[h]; CHECK }

active proctype world() {
    do
    HOST(0)
    HOST(1)
    HOST(2)
    :: d_step { sent == 0 && in[0] && copy[0] && !epoch -> sent = 1 }
    /* the store executes the rotation, or is asked once more; its answer may be lost */
    :: d_step { sent == 1 && in[0] && (new || old == LIVE && !updated) ->
        if
        :: !new -> old = OVER; new = 1; moved = 1
        :: else
        fi }
    :: d_step { sent == 1 && in[0] && PUTSBACK -> new = 1; CHECK }
    :: d_step { sent == 1 && in[0] && new -> sent = 2; adopted = 1; heard[0] = 1; copy[0] = 0; CHECK }
    :: d_step { epoch && sent == 1 && in[0] && !new && !PUTSBACK && (old > LIVE || updated) -> sent = 3; CHECK }
    /* after the loss it is sent again, also where it was answered: not all had heard of it */
    :: d_step { epoch && sent == 2 && in[0] && !new -> sent = 1 }
    :: d_step { epoch && in[0] && adopted && !new -> new = 1; CHECK }
    :: d_step { epoch && in[1] && copy[1] && old == LIVE && !updated -> updated = 1; changed = 1; knows[1] = 1 }
    :: d_step { changed && !answered && (!in[0] || knows[0]) && (!in[2] || knows[2]) -> answered = 1; CHECK }
    /* the store is empty, or a replica that has the session of before */
    :: d_step { !epoch -> epoch = 1; old = NONE; new = 0; moved = 0; in[0] = 0; in[1] = 0; in[2] = 0 }
    :: d_step { !epoch -> epoch = 1; old = LIVE; new = 0; moved = 0; in[0] = 0; in[1] = 0; in[2] = 0 }
#ifdef REACH
#if REACH == 1                  /* the sender puts the session back */
    :: d_step { epoch && old == LOST && new && sent == 2 -> assert(false) }
#endif
#if REACH == 2                  /* an update is answered, and a host that has heard of the rotation comes later */
    :: d_step { answered && in[0] && heard[2] && in[2] -> assert(false) }
#endif
#endif
    od
}
