"""From a path or URL to what it names: a wheel, an archive, a folder or a repository.

Only the text decides; what is really there is found out by who fetches it.
"""

from __future__ import annotations

import posixpath

from xpip.errors import UsageError
from xpip.formats.archive_names import is_archive_name, is_refused_archive
from xpip.formats.requirements_txt import DIGEST_LENGTHS
from xpip.formats.wheel_name import is_project_name, parse_wheel_name, sdist_stem
from xpip.model.link import Digest
from xpip.model.records import NamedTuple
from xpip.model.source import SourceLocation
from xpip.model.urls import (
    path_to_url,
    percent_decoded,
    redact,
    scheme_of,
    split_credentials,
    url_to_path,
)

ARCHIVE = "archive"
DIRECTORY = "directory"
VCS = "vcs"

TRANSPORTS = {
    "git": ("file", "git", "http", "https", "ssh"),
    "hg": ("file", "http", "https", "ssh", "static-http"),
    "svn": ("file", "http", "https", "ssh", "svn"),
    "bzr": ("file", "ftp", "http", "https", "lp", "sftp", "ssh"),
}
"""Version control systems, and what may follow the `+` in their URLs, as in pip."""

_MAXIMUM_FRAGMENT = 4_000
_EXTRAS_HINT = "extras stand behind the name: `name[extra] @ URL`"


class LocationError(Exception):
    """What is wrong with a path or URL."""

    def __init__(self, problem: str, *hints: str) -> None:
        """Remember it.

        Args:
            problem: A sentence without its full stop.
        """
        super().__init__(problem)
        self.problem = problem
        self.hints = hints


class Reference(NamedTuple):
    """What a path or URL names."""

    url: str
    """Absolute and without secrets, as it may stand after `name @`; digests and the name are
    dropped from its fragment."""
    wheel: str = ""
    """File name of a wheel; empty for sources."""
    hashes: tuple[Digest, ...] = ()
    """Those of the fragment."""
    source: SourceLocation | None = None
    """None for a wheel."""
    name: str = ""
    """What `#egg=` says; empty when it says nothing."""


class _Fragment(NamedTuple):
    """What stands after the `#`."""

    hashes: tuple[Digest, ...] = ()
    name: str = ""
    subdirectory: str = ""


def read_reference(written: str, cwd: str, editable: bool = False) -> Reference:
    """Return what a path or URL names.

    Args:
        cwd: Absolute folder that relative paths start from.

    Raises:
        LocationError: It names nothing that can be installed.
    """
    scheme = scheme_of(written)
    vcs, plus, transport = scheme.partition("+")
    if plus and vcs in TRANSPORTS:
        return _repository(written, vcs, transport, editable)
    if scheme in TRANSPORTS:
        raise LocationError(
            f"the scheme `{scheme}:` is not supported",
            f"the URL of a repository begins with the name of its system: `{scheme}+{scheme}://`",
        )
    if scheme in ("http", "https"):
        if editable:
            raise _not_editable()
        return _remote_file(written)
    if scheme == "file":
        url, _, fragment = written.partition("#")
        try:
            path = url_to_path(url)
        except UsageError as error:
            raise LocationError(error.summary, *error.hints) from error
        return _path(path, _read_fragment(fragment), cwd, editable)
    _refuse_remote_shell(written)
    if scheme:
        raise LocationError(f"the scheme `{scheme}:` is not supported")
    return _path(written, _Fragment(), cwd, editable)


def vcs_url(location: SourceLocation) -> str:
    """Return the URL of a repository with its system in front, as in `git+https://...`."""
    if location.url.startswith(f"{location.vcs}+"):
        return location.url
    return f"{location.vcs}+{location.url}"


def reference_url(location: SourceLocation) -> str:
    """Return a location as it may stand after `name @`, without digests."""
    url = location.url
    if location.kind == VCS:
        url = vcs_url(location)
        if location.revision:
            url += "@" + _encoded_revision(location.revision)
    if location.subdirectory:
        url += "#subdirectory=" + path_to_url(location.subdirectory).removeprefix("file://")
    return url


def archive_name_version(filename: str) -> tuple[str, str] | None:
    """Return name and version as the file name of a source archive spells them, None when in doubt.

    `foo-2-2.tar.gz` and `foo-main.zip` are in doubt. The metadata inside has the last word.
    """
    from xpip.model.version import InvalidVersion, Version

    stem = sdist_stem(filename)
    if stem is None:
        return None
    name, hyphen, version = stem.rpartition("-")
    if not hyphen or "-" in name or not is_project_name(name):
        return None
    try:
        Version(version)
    except InvalidVersion:
        return None
    return name, version


def check_revision(revision: str) -> None:
    """Refuse what a program could take for an option, or people for something else.

    Raises:
        LocationError: It is such.
    """
    if revision.startswith("-"):
        raise LocationError("a revision must not begin with `-`")
    if any(not letter.isprintable() for letter in revision) or revision != revision.strip():
        raise LocationError("a revision must not have control characters or blanks around it")


def _remote_file(written: str) -> Reference:
    url, _, text = written.partition("#")
    fragment = _read_fragment(text)
    url = _without_secrets(url)
    filename = percent_decoded(
        url.partition("?")[0].partition("://")[2].partition("/")[2].rpartition("/")[2]
    )
    if filename.lower().endswith(".whl"):
        return _wheel(filename, url, fragment)
    if is_refused_archive(filename):
        raise _unknown_archive(filename)
    location = SourceLocation(ARCHIVE, url, fragment.subdirectory, hashes=fragment.hashes)
    return _source(location, fragment)


def _path(written: str, fragment: _Fragment, cwd: str, editable: bool) -> Reference:
    if "\0" in written:
        raise LocationError("a path must not hold a NUL character")
    is_folder = editable or written.endswith("/")
    path = posixpath.normpath(posixpath.join(cwd, written))
    if path.startswith("//"):
        path = path[1:]
    filename = posixpath.basename(path)
    is_wheel = filename.lower().endswith(".whl")
    is_archive = is_archive_name(filename)
    if editable and not written.endswith("/") and (is_wheel or is_archive):
        raise _not_editable()
    if not is_folder and is_wheel:
        return _wheel(filename, path_to_url(path), fragment)
    if not is_folder and is_refused_archive(filename):
        raise _unknown_archive(filename)
    if not is_folder and is_archive:
        location = SourceLocation(
            ARCHIVE, path_to_url(path), fragment.subdirectory, hashes=fragment.hashes
        )
    else:
        if fragment.hashes:
            raise LocationError("a folder has no digest", "a digest belongs to an archive")
        location = SourceLocation(
            DIRECTORY, path_to_url(path), fragment.subdirectory, editable=editable
        )
    return _source(location, fragment)


def _wheel(filename: str, url: str, fragment: _Fragment) -> Reference:
    if parse_wheel_name(filename) is None:
        raise LocationError(f"`{_shown(filename)}` is not a valid name of a wheel")
    return Reference(url, filename, fragment.hashes, None, fragment.name)


def _source(location: SourceLocation, fragment: _Fragment) -> Reference:
    return Reference(reference_url(location), "", fragment.hashes, location, fragment.name)


def _repository(written: str, vcs: str, transport: str, editable: bool) -> Reference:
    if transport not in TRANSPORTS[vcs]:
        allowed = ", ".join(f"`{vcs}+{known}`" for known in TRANSPORTS[vcs])
        raise LocationError(
            f"the scheme `{vcs}+{transport}:` is not supported", f"these are: {allowed}"
        )
    url, _, text = written.partition("#")
    fragment = _read_fragment(text)
    if fragment.hashes:
        raise LocationError(
            "a repository has no digest", "a commit after `@` pins it: `URL@COMMIT`"
        )
    url = _without_secrets(url[len(vcs) + 1 :])
    before, slashes, rest = url.partition("://")
    if not slashes and transport != "lp":
        raise LocationError(f"`//` is missing after `{vcs}+{transport}:`")
    authority, slash, path = rest.partition("/")
    _check_authority(authority)
    path, revision = _split_revision(path)
    if transport == "ssh" and vcs in ("svn", "bzr"):
        # These programs know the tunnel by its own scheme.
        before = f"{vcs}+{before}"
    url = f"{before}://{authority}{slash}{path}" if slashes else url
    if any(not letter.isprintable() or letter.isspace() for letter in url):
        raise LocationError("a URL must not have blanks or control characters")
    location = SourceLocation(
        VCS, url, fragment.subdirectory, editable=editable, vcs=vcs, revision=revision
    )
    return _source(location, fragment)


def _split_revision(path: str) -> tuple[str, str]:
    """Split `repository@revision`; both as the user wrote them, the revision decoded."""
    repository, at, revision = path.rpartition("@")
    if not at:
        return path, ""
    if not revision:
        raise LocationError("nothing follows the `@`", "a branch, tag or commit stands behind it")
    decoded = percent_decoded(revision)
    check_revision(decoded)
    return repository, decoded


def _check_authority(authority: str) -> None:
    user, _, host = authority.rpartition("@")
    if user.startswith("-") or host.startswith("-"):
        raise LocationError("a host must not begin with `-`")


def _without_secrets(url: str) -> str:
    try:
        return split_credentials(url).url
    except UsageError as error:
        raise LocationError(error.summary, *error.hints) from error


def _refuse_remote_shell(written: str) -> None:
    """Refuse `git@host:path` and `git+git@host:path`, which are no URLs."""
    before, colon, path = written.partition(":")
    user, at, host = before.rpartition("@")
    if not colon or not host or "/" in before or path.startswith("//"):
        return
    if not at and "." not in host:
        return
    vcs, plus, user = user.rpartition("+")
    account = f"{user or 'git'}@{host}"
    hint = f"write `{vcs if plus else 'git'}+ssh://{account}/{path.lstrip('/')}`"
    raise LocationError("it is an address for ssh and no URL", hint)


def _read_fragment(text: str) -> _Fragment:
    if len(text) > _MAXIMUM_FRAGMENT:
        raise LocationError(f"a fragment may have {_MAXIMUM_FRAGMENT} characters")
    digests: list[Digest] = []
    known: dict[str, str] = {}
    for field in text.split("&"):
        key, _, value = field.partition("=")
        counts = key in DIGEST_LENGTHS or key in ("egg", "subdirectory")
        if counts and known.setdefault(key, value) != value:
            raise LocationError(f"`#{key}=` is given twice with different values")
    for key, value in known.items():
        length = DIGEST_LENGTHS.get(key)
        if length is None:
            continue
        if len(value) != length or value.lower().strip("0123456789abcdef"):
            raise LocationError(f"a {key} digest has {length} hexadecimal digits")
        digests.append(Digest(key, value.lower()))
    return _Fragment(
        tuple(digests), _egg(known.get("egg", "")), _subdirectory(known.get("subdirectory", ""))
    )


def _egg(value: str) -> str:
    name = percent_decoded(value).strip()
    if name and not is_project_name(name):
        hints = (_EXTRAS_HINT,) if "[" in name else ()
        raise LocationError(f"`#egg={_shown(name)}` is not the name of a project", *hints)
    return name


def _subdirectory(value: str) -> str:
    folder = percent_decoded(value)
    if not folder:
        return ""
    parts = folder.split("/")
    if folder.startswith("/") or ".." in parts or "\\" in folder or not folder.isprintable():
        raise LocationError(f"`#subdirectory={_shown(folder)}` must be a path inside the project")
    folder = posixpath.normpath(folder)
    return "" if folder == "." else folder


def _encoded_revision(revision: str) -> str:
    encoded = path_to_url(revision).removeprefix("file://")
    return encoded.replace("@", "%40").replace("+", "%2B")


def _not_editable() -> LocationError:
    return LocationError(
        "only a folder or a repository can be installed editable",
        "leave out `-e` for an archive or a wheel",
    )


def _unknown_archive(filename: str) -> LocationError:
    return LocationError(
        f"`{_shown(filename)}` is not an archive that xpip unpacks",
        "`.tar.gz`, `.zip`, `.tar.bz2`, `.tar.xz`, `.tar.lzma` and `.tar` are",
    )


def _shown(text: str) -> str:
    text = "".join(letter if letter.isprintable() else "?" for letter in redact(text))
    return text if len(text) <= 100 else f"{text[:97]}..."  # noqa: PLR2004
