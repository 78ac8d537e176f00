"""The only home of rich, of stdout and stderr, and of words for people."""
