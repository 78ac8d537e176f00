"""JSON, read by the scanner that is the heart of `json`.

The module around it brings regular expressions and enumerations: 7 ms to import.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Scanner = Callable[[str, int], tuple[Any, int]]


def _make_scanner() -> Scanner | None:
    try:
        from _json import make_scanner
    except ImportError:
        # Other implementations of Python have none.
        return None
    settings: Any = _Settings
    scanner: Any = make_scanner(settings)
    return scanner  # type: ignore[no-any-return]


class _Settings:
    """What `json` gives the scanner unless told otherwise."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: dict[str, str] = {}  # noqa: RUF012 - as the scanner wants it


_scan = _make_scanner()


def parse_json(data: bytes) -> Any:
    """Return what `json.loads` returns.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested too deeply.
    """
    if _scan is not None and data[:1] in (b"{", b"["):
        try:
            text = data.decode("utf-8")
            value, end = _scan(text, 0)
        except (ValueError, StopIteration):
            pass  # Said better below, or in another encoding.
        else:
            if not text[end:].strip(" \t\r\n"):
                return value
    import json

    return json.loads(data)
