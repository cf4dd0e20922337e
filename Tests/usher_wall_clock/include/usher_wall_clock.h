// A wall clock that a test sets. Nothing to include: the programs under test load it by LD_PRELOAD.
