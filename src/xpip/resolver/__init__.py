"""PubGrub over facts.

It never awaits, never calls out and never sees an index or an environment.
"""
