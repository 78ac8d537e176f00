"""Parts of files: what a server says it sent, against what was asked for."""

from __future__ import annotations

from xpip.model.records import NamedTuple


class ContentRange(NamedTuple):
    """A Content-Range header."""

    start: int
    end: int
    """Last byte, inclusive."""
    total: int

    def fits(self, start: int | None, length: int, received: int) -> bool:
        """Say whether this is what was asked for and what came.

        Args:
            start: As asked; None for the last `length` bytes.
            received: Bytes of the body.
        """
        if start is None:
            wanted = max(0, self.total - length)
            return self.start == wanted and self.end == self.total - 1 and self._holds(received)
        return self.start == start and self.end < start + length and self._holds(received)

    def _holds(self, received: int) -> bool:
        return self.end - self.start + 1 == received


def parse_content_range(value: str) -> ContentRange | None:
    """Return the header's value, None when it is missing, malformed or of unknown total.

    Spec: RFC 9110, section 14.4
    """
    unit, _, rest = value.strip().partition(" ")
    span, _, total = rest.strip().partition("/")
    start, _, end = span.partition("-")
    numbers = (start, end, total)
    if unit.lower() != "bytes" or not all(n.isascii() and n.isdigit() for n in numbers):
        return None
    if max(map(len, numbers)) > 18:  # noqa: PLR2004
        return None
    found = ContentRange(int(start), int(end), int(total))
    return found if found.start <= found.end < found.total else None
