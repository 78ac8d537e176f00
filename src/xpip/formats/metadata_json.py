"""Core metadata as JSON, the form in which `pip inspect` and `pip install --report` give it.

Spec: https://packaging.python.org/en/latest/specifications/core-metadata/#json-compatible-metadata
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SINGLE = (
    "metadata-version", "name", "version", "summary", "description", "description-content-type",
    "home-page", "download-url", "author", "author-email", "maintainer", "maintainer-email",
    "license", "license-expression", "requires-python",
)  # fmt: skip
_SEVERAL = (
    "dynamic", "platform", "supported-platform", "classifier", "requires-dist",
    "requires-external", "project-url", "provides-extra", "provides-dist", "obsoletes-dist",
    "license-file", "import-name", "import-namespace",
)  # fmt: skip
_KEYWORDS = "keywords"


def metadata_as_json(headers: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Return the fields that the specification knows, those that may be repeated as lists.

    Args:
        headers: Lower-case name -> values, as `core_metadata.parse_headers` returns them.
    """
    found: dict[str, object] = {}
    for field in (*_SINGLE, *_SEVERAL, _KEYWORDS):
        values = headers.get(field)
        if not values:
            continue
        key = field.replace("-", "_")
        if field in _SEVERAL:
            found[key] = list(values)
        elif field == _KEYWORDS:
            found[key] = _keywords(values[0])
        else:
            found[key] = values[0]
    return found


def _keywords(text: str) -> list[str]:
    """Return the words of a list with commas, or without."""
    if "," in text:
        return [word.strip() for word in text.split(",")]
    return text.split()
