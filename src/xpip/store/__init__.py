"""The only writer of the shared cache.

A blob is named by its sha256; an entry is complete or absent.
"""
