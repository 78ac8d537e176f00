"""Which files of an index page may be used, in what order, and why not the others."""
