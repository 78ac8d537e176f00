"""Project names (PEP 503) without the weight of `packaging.utils` (20 ms on the fast path)."""

from __future__ import annotations

_SEPARATORS = str.maketrans("_.", "--")


def normalized_name(name: str) -> str:
    """Return the name as indexes and comparisons use it: lower case, runs of `-_.` as one `-`.

    Spec: https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    name = name.translate(_SEPARATORS).lower()
    while "--" in name:
        name = name.replace("--", "-")
    return name


def leading_word(text: str) -> str:
    """Return what a requirement starts with as far as it could be a project's name, as written."""
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] in "-_."):
        end += 1
    return text[:end]


def leading_name(text: str) -> str:
    """Return the normalised name a requirement starts with, without parsing it.

    A path or URL gives some word that is no project's name, which no caller minds.
    """
    return normalized_name(leading_word(text))
