"""User names and passwords that a server has to ask for first: from a keyring, from a person.

The order and the names under which a keyring is asked are pip's: the URL of the index, then the
host, each with the user name where one is known.
"""

from __future__ import annotations

from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING, Protocol
from xpip.network.auth import Login
from xpip.process import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import ModuleType

    from xpip.model.options import NetworkOptions
    from xpip.model.reporter import Reporter

PROMPTS = 3
"""How often a person is asked for one server."""
_TIMEOUT = 120.0
"""Seconds for `keyring`, which may ask a person to unlock something."""
_SOURCE = "the keyring"


class Person(Protocol):
    """Somebody at a terminal."""

    def ask_username(self, host: str) -> str | None:
        """Return a user name, None or nothing for no answer."""

    def ask_password(self, host: str, username: str) -> str | None:
        """Return a password that was not shown, None for no answer."""

    def wants_saving(self) -> bool:
        """Say whether the keyring should remember."""


class Keyring(Protocol):
    """A store of passwords that other programs share."""

    def get(self, service: str, username: str) -> tuple[str, str] | None:
        """Return user name and password; a user name that is empty is not known."""

    def save(self, service: str, username: str, password: str) -> None:
        """Keep a password."""


class KeyringUnusable(XpipError):
    """The keyring cannot be asked."""

    code = "keyring"


class ImportedKeyring:
    """The library `keyring`, where xpip can import it."""

    def __init__(self, library: ModuleType) -> None:
        self._library = library

    def get(self, service: str, username: str) -> tuple[str, str] | None:
        """Return user name and password."""
        find = getattr(self._library, "get_credential", None)
        if find is not None:
            found = find(service, username or None)
            return None if found is None else (found.username or "", found.password or "")
        password = self._library.get_password(service, username) if username else None
        return (username, password) if password else None

    def save(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        self._library.set_password(service, username, password)


class KeyringProgram:
    """The program `keyring`, from whichever installation is first on `PATH`."""

    def __init__(self, path: str, environ: Mapping[str, str]) -> None:
        self._path = path
        self._environ = {**environ, "PYTHONIOENCODING": "utf-8"}

    def get(self, service: str, username: str) -> tuple[str, str] | None:
        """Return user name and password.

        Raises:
            XpipError: The program is too old, cannot be started, or prints something else.
        """
        import json

        argv = [self._path, "--mode=creds", "--output=json", "get", service]
        argv += [username] if username else []
        done = run(argv, environment=self._environ, timeout=_TIMEOUT)
        if done.code == 2 and b"unrecognized arguments" in done.stderr:  # noqa: PLR2004
            raise KeyringUnusable(f"`{self._path}` is too old: 25.2.1 or newer is needed")
        if done.code:
            return None
        try:
            answer = json.loads(done.stdout)
            return str(answer["username"] or ""), str(answer["password"] or "")
        except (ValueError, KeyError, TypeError) as error:
            raise KeyringUnusable(f"`{self._path}` did not answer in JSON") from error

    def save(self, service: str, username: str, password: str) -> None:
        """Keep a password.

        Raises:
            XpipError: The program failed.
        """
        argv = [self._path, "set", service, username]
        done = run(
            argv, environment=self._environ, input=f"{password}\n".encode(), timeout=_TIMEOUT
        )
        if done.code:
            raise KeyringUnusable(f"`{self._path} set` failed")


class Logins:
    """Finds logins for servers that want one."""

    def __init__(
        self,
        options: NetworkOptions,
        index_urls: Sequence[str],
        environ: Mapping[str, str],
        person: Person | None,
        reporter: Reporter,
    ) -> None:
        """Prepare a search; nothing is imported or started yet.

        Args:
            index_urls: Without credentials.
            person: None when nobody can be asked.
        """
        self._provider = options.keyring_provider
        # A keyring may want something typed, so it is asked unasked only where somebody can type.
        if self._provider == "auto" and not options.interactive:
            self._provider = "disabled"
        self._index_urls = index_urls
        self._environ = environ
        self._person = person
        self._reporter = reporter
        self._keyring: Keyring | None = None
        self._looked_for_keyring = False
        self._to_save: Login | None = None
        self._accepted: dict[str, Login] = {}
        """By host; a command may connect more than once."""

    def candidates(self, url: str, host: str, username: str) -> Iterator[Login]:
        """Return what to try for one server, one after the other."""
        known = self._accepted.get(host)
        if known is not None and username in ("", known.username):
            yield known
        for service in dict.fromkeys((index_for(url, self._index_urls), host)):
            found = self._from_keyring(service, username)
            if found is not None:
                yield found
        for _ in range(PROMPTS if self._person is not None else 0):
            typed = self._typed(host, username)
            if typed is None:
                return
            yield typed
            self._to_save = None
            self._reporter.warning(f"`{host}` did not accept the user name and password")

    def accepted(self, host: str, login: Login) -> None:
        """Remember it, in the keyring too if a person typed it and wishes so."""
        self._accepted[host] = login
        if login != self._to_save or self._keyring is None:
            return
        self._to_save = None
        try:
            self._keyring.save(host, login.username, login.password)
        except Exception as error:  # noqa: BLE001 - backends of a keyring raise anything
            self._reporter.warning(f"the keyring kept nothing: {_named(error)}")

    def _typed(self, host: str, username: str) -> Login | None:
        assert self._person is not None
        if not username:
            username = self._person.ask_username(host) or ""
            if not username:
                return None
            found = self._from_keyring(host, username)
            if found is not None:
                return found
        password = self._person.ask_password(host, username)
        if password is None:
            return None
        login = Login(username, password, "the terminal")
        if self._open_keyring() is not None and self._person.wants_saving():
            self._to_save = login
        return login

    def _from_keyring(self, service: str, username: str) -> Login | None:
        keyring = self._open_keyring() if service else None
        if keyring is None:
            return None
        self._reporter.detail(f"asking the keyring for `{service}`")
        try:
            found = keyring.get(service, username)
        except Exception as error:  # noqa: BLE001 - backends of a keyring raise anything
            self._reporter.warning(f"the keyring is not used any more: {_named(error)}")
            self._keyring = None
            return None
        return None if found is None else Login(*found, _SOURCE)

    def _open_keyring(self) -> Keyring | None:
        if not self._looked_for_keyring:
            self._looked_for_keyring = True
            self._keyring = self._find_keyring()
        return self._keyring

    def _find_keyring(self) -> Keyring | None:
        if self._provider in ("auto", "import"):
            from importlib import import_module

            try:
                return ImportedKeyring(import_module("keyring"))
            except ImportError:
                pass
            except Exception as error:  # noqa: BLE001 - the library looks for backends at import
                self._reporter.warning(f"the library `keyring` cannot be used: {_named(error)}")
        if self._provider in ("auto", "subprocess"):
            from shutil import which

            path = which("keyring", path=self._environ.get("PATH"))
            if path is not None:
                return KeyringProgram(path, self._environ)
        if self._provider in ("import", "subprocess"):
            what = "library" if self._provider == "import" else "program"
            self._reporter.warning(
                f"there is no {what} `keyring`, which `--keyring-provider {self._provider}` needs"
            )
        return None


def index_for(url: str, index_urls: Sequence[str]) -> str:
    """Return the index that a URL belongs to, empty when its host has none.

    It is the one of the same scheme and host with the longest common path, as in pip.
    """
    origin, path = _split(url)
    best, longest = "", -1
    for index_url in index_urls:
        index_origin, index_path = _split(index_url)
        if index_origin != origin:
            continue
        shared = 0
        for one, other in zip(path, index_path, strict=False):
            if one != other:
                break
            shared += 1
        if shared > longest:
            best, longest = index_url, shared
    return best


def _split(url: str) -> tuple[str, list[str]]:
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    port = {"http": ":80", "https": ":443"}.get(scheme.lower(), "")
    return f"{scheme}://{host.removesuffix(port)}".lower(), path.strip("/").split("/")


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
