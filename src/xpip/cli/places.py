"""Where indexes and find-links are, from what the user wrote."""

from __future__ import annotations

import os

from xpip.errors import UsageError
from xpip.formats.wheel_name import is_project_name
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import credential_for, redact, redact_text, scheme_of, split_credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.options import Credential

_NAME_SIGNS = "-_."


class NamedIndex(NamedTuple):
    """An index of `--index`."""

    name: str
    """As written; empty for one without a name."""
    url: str


class Places:
    """Makes URLs clean and paths absolute, and keeps the credentials."""

    def __init__(self, cwd: str, home: str) -> None:
        self._cwd = cwd
        self._home = home
        self.credentials: list[Credential] = []

    def take(self, written: str, source: str) -> str:
        """Return an index or find-links location without credentials.

        Args:
            source: Where it was written, as messages name it.

        Raises:
            UsageError: It is of no kind that can be read.
        """
        try:
            location, credential = place(written, self._cwd, self._home)
        except UsageError as error:
            error.details = (f"given by {source}",)
            raise
        if credential is not None:
            self.credentials.append(credential)
        return location

    def take_named(self, values: Sequence[tuple[str, str]]) -> tuple[NamedIndex, ...]:
        """Return the indexes of `NAME=URL` or `URL`, in order.

        Args:
            values: Each with where it was written, as messages name it.

        Raises:
            UsageError: One is no location, or a name stands for two.
        """
        found: list[NamedIndex] = []
        for written, source in values:
            name, equals, location = written.partition("=")
            if not (equals and _is_name(name)):
                name, location = "", written
            index = NamedIndex(name, self.take(location, source))
            same = [one.url for one in found if name and one.name == name]
            if any(url != index.url for url in same):
                raise UsageError(f"the name `{name}` stands for two indexes in {source}")
            found.append(index)
        return tuple(found)


def place(written: str, cwd: str, home: str) -> tuple[str, Credential | None]:
    """Return a location without credentials, and these.

    Raises:
        UsageError: It is a URL of a kind that cannot be read.
    """
    written = written.strip()
    scheme = scheme_of(written)
    if scheme in ("http", "https", "file"):
        split = split_credentials(written)
        return split.url, credential_for(split)
    if scheme:
        raise UsageError(
            f"`{redact(written)}` is not an http, https or file URL",
            hints=("a folder is written as a path or as `file:///path`",),
        )
    if home and written.startswith("~/"):
        written = home + written[1:]
    return os.path.normpath(os.path.join(cwd, written)), None


def ties(
    values: Sequence[tuple[str, str]], named: Sequence[NamedIndex], indexes: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return the projects that are tied to one index by `PROJECT=NAME` or `PROJECT=URL`, sorted.

    Args:
        values: Each with where it was written, as messages name it.
        indexes: URLs of all that are asked, which need no name.

    Raises:
        UsageError: There is no such index, or it is not written like this.
    """
    names = {index.name: index.url for index in named if index.name}
    urls = {url.rstrip("/"): url for url in indexes} | names
    found: dict[str, str] = {}
    for written, source in values:
        project, equals, name = written.partition("=")
        if not equals or not is_project_name(project):
            raise UsageError(f"{source} takes `PROJECT=NAME`, not `{redact_text(written)}`")
        url = urls.get(name.rstrip("/"))
        if url is None:
            known = ", ".join(f"`{known}`" for known in names)
            hint = f"named are {known}" if known else "an index is named with `--index NAME=URL`"
            raise UsageError(f"{source} ties `{project}` to no known index", hints=(hint,))
        found[normalized_name(project)] = url
    return tuple(sorted(found.items()))


def _is_name(text: str) -> bool:
    return text.isascii() and bool(text) and all(map(_is_name_sign, text))


def _is_name_sign(sign: str) -> bool:
    return sign.isalnum() or sign in _NAME_SIGNS
