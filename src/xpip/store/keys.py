"""Names of entries: digests, so that nothing from outside ever becomes a file name.

`hashlib` takes 4 ms to import, for OpenSSL. A warm install hashes a few short texts only, and the
BLAKE2 that CPython carries itself is loaded in 0.25 ms.
"""

from __future__ import annotations


def key_of(*parts: object) -> str:
    """Return 64 hexadecimal digits for strings, numbers, None and plain tuples of them."""
    try:
        from _blake2 import blake2b
    except ImportError:
        # An interpreter that was built without it, or one that is not CPython.
        from hashlib import blake2b
    data = repr(parts).encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=32).hexdigest()
