"""xpip: a pip-compatible installer and resolver that never leaves an environment half changed."""

__version__ = "0.1.0"
