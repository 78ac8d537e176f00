"""Requirements files that are on a server, and what such a file may say.

Whoever can write it decides what is installed anyway, but not which files of this machine are read,
which variables are sent to somebody, or whose certificates need not be checked.
"""

from __future__ import annotations

from xpip.documents import MAXIMUM_SIZE
from xpip.errors import IndexAccessError, RequirementError
from xpip.formats.requirements_txt import Include, OptionLine, unset_variables
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact, redact_text, scheme_of

if TYPE_CHECKING:
    from xpip.formats.requirements_txt import Entry
    from xpip.model.options import Credential
    from xpip.model.reporter import Reporter
    from xpip.network.client import Client
    from xpip.operations.resolve import Access
    from xpip.operations.wanted import FetchFile

_NOT_FOUND = (404, 410)
_PORTS = {"http": "80", "https": "443"}
_LOCAL = ("name a copy on this machine, which may say anything",)


def file_fetcher(access: Access, reporter: Reporter) -> FetchFile:
    """Return a function that fetches a file by its URL and the credentials that were in it.

    It raises IndexAccessError where the file cannot be had.
    """

    def fetch(url: str, credentials: tuple[Credential, ...]) -> tuple[str, bytes]:
        from xpip.operations.connected import run_connected

        network = access.network._replace(credentials=credentials + access.network.credentials)

        async def work(client: Client | None) -> tuple[str, bytes]:
            if client is None:
                raise IndexAccessError(
                    f"`{redact(url)}` cannot be read offline", hints=("leave out `--offline`",)
                )
            response = await client.get(url, limit=MAXIMUM_SIZE)
            if response.status in _NOT_FOUND:
                raise IndexAccessError(f"the requirements file `{redact(url)}` does not exist")
            return response.url, response.body

        return run_connected(work, access._replace(network=network), reporter)

    return fetch


def include_url(written: str, base: str) -> str:
    """Return the URL of a file that a file on a server includes.

    Args:
        written: As it stands there.
        base: URL of the including file.

    Raises:
        RequirementError: It is on this machine, or on another server.
    """
    from urllib.parse import urljoin

    scheme = scheme_of(written)
    if scheme and scheme not in ("http", "https"):
        raise RequirementError(
            f"`{redact(base)}` includes `{redact(written)}`, which is no file of its server",
            hints=_LOCAL,
        )
    try:
        url = urljoin(base, written)
    except ValueError as error:
        raise RequirementError(f"`{redact(written)}` is not a valid URL") from error
    if _origin(url) != _origin(base):
        raise RequirementError(
            f"`{redact(base)}` includes `{redact(url)}`, which is on another server",
            hints=("name both on the command line",),
        )
    return url


def ensure_harmless(entry: Entry, base: str) -> None:
    """Refuse what a file on a server must not say.

    Args:
        base: URL of the file.

    Raises:
        RequirementError: It names something on this machine or a variable, or weakens checks.
    """
    if isinstance(entry, OptionLine):
        _ensure_option(entry, base)
        return
    if isinstance(entry, Include):
        _ensure_no_variable(entry.target, str(entry.origin))
        return
    written = entry.text
    _ensure_no_variable(written, str(entry.origin))
    from xpip.formats.requirement import is_unnamed

    location = ""
    if entry.editable or is_unnamed(entry):
        location = written
    elif "@" in written.partition(";")[0]:
        location = written.partition("@")[2].strip()
    scheme = scheme_of(location)
    if location and (not scheme or scheme == "file" or scheme.endswith("+file")):
        raise RequirementError(
            f"{entry.origin}: `{redact_text(written)}` is on this machine, and"
            f" `{redact(base)}` is not",
            hints=_LOCAL,
        )


def _ensure_option(entry: OptionLine, base: str) -> None:
    _ensure_no_variable(entry.value, str(entry.origin))
    if entry.name == "trusted-host":
        raise RequirementError(
            f"{entry.origin}: a file on a server cannot say whose certificates are not checked",
            hints=(f"`--trusted-host {entry.value}` on the command line does",),
        )
    if entry.name in ("index-url", "extra-index-url", "find-links"):
        scheme = scheme_of(entry.value)
        if scheme not in ("http", "https"):
            raise RequirementError(
                f"{entry.origin}: `--{entry.name} {redact(entry.value)}` is on this machine, and"
                f" `{redact(base)}` is not",
                hints=_LOCAL,
            )
        if scheme == "http" and scheme_of(base) == "https":
            raise RequirementError(
                f"{entry.origin}: `--{entry.name} {redact(entry.value)}` is plain http, and the"
                " file came over https",
                hints=(f"`--{entry.name}` on the command line may name it",),
            )


def _ensure_no_variable(text: str, where: str) -> None:
    names = unset_variables(text)
    if names:
        raise RequirementError(
            f"{where}: `${{{names[0]}}}` is not replaced in a file from a server, which could send"
            " the value anywhere",
            hints=_LOCAL,
        )


def _origin(url: str) -> tuple[str, str, str]:
    scheme = scheme_of(url)
    authority = url.partition("://")[2]
    for mark in "/?#":
        authority = authority.partition(mark)[0]
    host, colon, port = authority.rpartition("@")[2].rpartition(":")
    if not colon or not port.isdecimal():
        host, port = authority.rpartition("@")[2], _PORTS.get(scheme, "")
    return scheme, host.lower(), port
