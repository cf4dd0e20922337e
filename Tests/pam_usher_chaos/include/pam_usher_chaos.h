// A PAM module that misbehaves as its arguments say. Nothing to include: libpam loads it by its path.
