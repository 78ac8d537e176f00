"""What each command accepts: one file per command, found by its name, over shared groups."""
