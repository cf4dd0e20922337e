/*
 * claim.pml: a code that is given out in one epoch of the store, and claimed by several hosts.  The store may lose its
 * memory, and what was claimed with it; then another epoch is opened.  An answer may be lost: its claim has failed.
 *
 * Property: at most one claim of the code is answered 1.
 */
#define LOSSES 2
#define CLAIMS 3
byte epoch;                     /* of the store */
byte losses, claims;
bit given;
byte era;                       /* the epoch in which the code was given out */
bit taken;                      /* the store knows that the code was claimed */
byte firsts;                    /* ghost: how many claims were answered 1 */
bit cancelled;                  /* ghost: a claim was refused, since its epoch is over */

#ifdef WITHOUT_claimWithinEpoch
#define FITS 1
#else
#define FITS (era == epoch)
#endif

active proctype world() {
    do
    :: d_step { losses < LOSSES -> losses++; epoch++; taken = 0 }
    :: d_step { !given -> given = 1; era = epoch }
    :: d_step { given && claims < CLAIMS && FITS && !taken -> claims++; taken = 1; firsts++; assert(firsts <= 1) }
    :: d_step { given && claims < CLAIMS && FITS && !taken -> claims++; taken = 1 }
    :: d_step { given && claims < CLAIMS && FITS && taken -> claims++ }
    :: d_step { given && claims < CLAIMS && !FITS -> claims++; cancelled = 1 }
#ifdef REACH
#if REACH == 1                  /* a code of a later epoch is claimed, and refused in the one after it */
    :: d_step { era == 1 && firsts == 1 && cancelled -> assert(false) }
#endif
#endif
    od
}
