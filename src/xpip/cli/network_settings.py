"""How to talk to servers, from options and variables."""

from __future__ import annotations

import os

from xpip import __version__
from xpip.errors import UsageError
from xpip.model.options import Credential, NetworkOptions
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import credential_for, redact, split_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xpip.cli.options.values import OptionValues
    from xpip.cli.places import NamedIndex

_CERTIFICATE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_PROXY_NAMES = ("all_proxy", "http_proxy", "https_proxy", "no_proxy")
VARIABLES = (
    *_CERTIFICATE_VARIABLES, "NETRC", "SSL_CERT_DIR", "SSL_CLIENT_CERT", *_PROXY_NAMES,
    *(name.upper() for name in _PROXY_NAMES),
)  # fmt: skip
"""What is looked at here besides `PIP_*` and `XPIP_*`."""
_NOT_GIVEN = "\0"


def network_options(
    values: OptionValues, environ: Mapping[str, str], warnings: list[str]
) -> NetworkOptions:
    """Return the decisions about servers, without credentials of indexes.

    Args:
        warnings: Sentences are added to it.

    Raises:
        UsageError: A host is none.
    """
    default = NetworkOptions()
    timeout = values.seconds("timeout", default.timeout)
    proxy = values.text("proxy", _NOT_GIVEN)
    if proxy != _NOT_GIVEN or values.flag("no_proxy_env"):
        # As in pip, the variables do not count beside the option, `NO_PROXY` included.
        proxies = {} if proxy == _NOT_GIVEN else {"http_proxy": proxy, "https_proxy": proxy}
    else:
        proxies = _proxies(environ)
    return NetworkOptions(
        timeout,
        min(timeout, default.connect_timeout),
        values.integer("retries", default.retries),
        _with_scheme(proxies.get("http_proxy", "")),
        _with_scheme(proxies.get("https_proxy", "")),
        tuple(proxies.get("no_proxy", "").replace(",", " ").split()),
        values.text("cert") or _certificates(environ, warnings),
        values.text("client_cert") or environ.get("SSL_CLIENT_CERT", ""),
        hosts(values.sourced("trusted_host")),
        max(1, values.integer("concurrent_downloads", default.concurrent_downloads)),
        netrc=_netrc(environ),
        user_agent=f"xpip/{__version__}",
        interactive=not values.flag("no_input"),
        resume_retries=values.integer("resume_retries", default.resume_retries),
        keyring_provider=values.text("keyring_provider", default.keyring_provider),
    )


def credentials_of_variables(
    named: Iterable[NamedIndex], environ: Mapping[str, str]
) -> tuple[Credential, ...]:
    """Return those of `XPIP_INDEX_NAME_USERNAME` and `XPIP_INDEX_NAME_PASSWORD`.

    In `NAME` every sign that cannot be in a variable is an underscore, as in uv.
    """
    found = []
    for name, url in named:
        if not name:
            continue
        start = "XPIP_INDEX_" + "".join(s if s.isalnum() else "_" for s in name).upper()
        username = environ.get(f"{start}_USERNAME", "")
        password = environ.get(f"{start}_PASSWORD", "")
        credential = credential_for(split_credentials(url)._replace(
            username=username, password=password
        ))  # fmt: skip
        if credential is not None:
            found.append(credential)
    return tuple(found)


def hosts(written: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return `host` or `host:port`, also of values written as URLs.

    Args:
        written: Each with where it stands, as messages name it.

    Raises:
        UsageError: One is no host.
    """
    found = []
    for host, source in written:
        cleaned = host.strip().rpartition("://")[2].partition("/")[0].lower()
        if not cleaned or "@" in cleaned or " " in cleaned:
            raise UsageError(f"`{redact(host)}` is not a host, as {source} needs")
        found.append(cleaned)
    return tuple(dict.fromkeys(found))


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name in _PROXY_NAMES:
        # The lower-case one wins, also where it is empty, as in curl and requests.
        found[name] = environ.get(name, environ.get(name.upper(), "")).strip()
    for name in ("http_proxy", "https_proxy"):
        found[name] = found[name] or found["all_proxy"]
    return found


def _with_scheme(proxy: str) -> str:
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _certificates(environ: Mapping[str, str], warnings: list[str]) -> str:
    folder = environ.get("SSL_CERT_DIR", "")
    for name in _CERTIFICATE_VARIABLES:
        path = environ.get(name)
        if not path:
            continue
        if not os.path.exists(path):
            warnings.append(f"the variable `{name}` names `{path}`, which does not exist")
        elif name != "SSL_CERT_FILE" or not folder:
            return path
    if folder and not any(map(os.path.isdir, folder.split(os.pathsep))):
        warnings.append(f"the variable `SSL_CERT_DIR` names `{folder}`, which is no folder")
    # Of `SSL_CERT_FILE` beside `SSL_CERT_DIR` OpenSSL itself takes both.
    return ""


def certificate_places(environ: Mapping[str, str], cwd: str) -> tuple[str, ...]:
    """Return the absolute paths that variables name; one that is missing makes a warning."""
    named = [environ.get(name, "") for name in _CERTIFICATE_VARIABLES]
    named += environ.get("SSL_CERT_DIR", "").split(os.pathsep)
    return tuple(os.path.normpath(os.path.join(cwd, path)) for path in named if path)


def _netrc(environ: Mapping[str, str]) -> str:
    named = environ.get("NETRC")
    if named:
        return named
    home = environ.get("HOME")
    for path in (f"{home}/.netrc", f"{home}/_netrc") if home else ():
        if os.path.exists(path):
            return path
    return ""
