"""Decides whether an environment satisfies a request and what must change, without touching it."""
