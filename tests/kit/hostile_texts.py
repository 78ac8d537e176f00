"""Hostile pages, requirements, configuration and lock files, each with what has to be said.

Like `hostile_wheels`: rows of data, which tests hold to their verdicts and a fuzzer starts from.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html"
_FILE = {
    "filename": "app-1.0-py3-none-any.whl",
    "url": "app-1.0-py3-none-any.whl",
    "hashes": {"sha256": "0" * 64},
}


class HostileText(NamedTuple):
    """A file or an answer, and the verdict."""

    title: str
    build: Callable[[], bytes]
    verdict: str = ""
    """A fragment of the error; empty: it is used."""
    content_type: str = ""
    """Of a page."""
    code: int = 1
    """How a command ends that cannot use it."""


def always(content: str | bytes) -> Callable[[], bytes]:
    """Return what makes these bytes."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return lambda: data


# --- index pages -----------------------------------------------------------------------------------


def _page(*files: dict, **more: object) -> bytes:
    page = {"meta": {"api-version": "1.0"}, "name": "app", "files": list(files), **more}
    return json.dumps(page).encode()


def json_pages() -> list[HostileText]:
    """Return answers of a JSON index for the project `app`; what they list cannot be fetched."""
    none = "no version of `app` can be used"

    def row(title: str, page: bytes, verdict: str = none) -> HostileText:
        return HostileText(f"JSON: {title}", always(page), verdict, JSON)

    def of_url(url: str) -> bytes:
        return _page({**_FILE, "url": url})

    return [
        row("no file", _page()),
        row("empty", b""),
        row("cut off", _page(_FILE)[:-9], "JSON"),
        row("HTML with the type of JSON", b"<html><a href='x'>x</a></html>"),
        row("invalid UTF-8", b'{"files": ["\xff"]}', "JSON"),
        row("a list", b"[]", "not an index page"),
        row("a number of 10,000 digits", b'{"files": ' + b"9" * 10_000 + b"}", "not valid JSON"),
        row("NaN", b'{"files": NaN}', "`files` is a number"),
        row("100,000 levels", b"[" * 100_000, "JSON"),
        row("files: null", _page(files=None), "`files`"),
        row("files: a text", _page(files="x"), "`files`"),
        row("files of texts", _page(files=["x"]), "`files` holds a text"),
        row("meta: null", _page(meta=None)),
        row("api-version 2.0", _page(meta={"api-version": "2.0"}), "2.0"),
        row("api-version in words", _page(meta={"api-version": "one"}), "version"),
        row("api-version: a number", _page(meta={"api-version": 1.0})),
        row("api-version of 5000 digits", _page(meta={"api-version": "1." + "1" * 5000})),
        row("no filename", _page({"url": "app-1.0-py3-none-any.whl"}), "no usable `filename`"),
        row("filename: null", _page({**_FILE, "filename": None}), "no usable `filename`"),
        row("filename: a path", _page({**_FILE, "filename": "../app-1.0-py3-none-any.whl"})),
        row("filename: escape", _page({**_FILE, "filename": "app-1.0\x1b[2J-py3-none-any.whl"})),
        row("filename: NUL", _page({**_FILE, "filename": "app-1.0-py3-none-any.whl\0"})),
        row("filename: 5000 letters", _page({**_FILE, "filename": "a" * 5000 + ".whl"})),
        row("filename: another project", _page({**_FILE, "filename": "pip-1.0-py3-none-any.whl"})),
        row("url: javascript", of_url("javascript:alert(1)")),
        row("url: data", of_url("data:text/html,x")),
        row("url: file", of_url("file:///etc/passwd")),
        row("url: mailto", of_url("mailto:a@b")),
        row("url: control characters", of_url("http://host/\r\nX: y")),
        row("url: empty", of_url("")),
        row("url: null", _page({**_FILE, "url": None}), "no usable `filename`"),
        row("url: port that is none", of_url("http://host:port/app-1.0-py3-none-any.whl")),
        row("url: brackets never closed", of_url("http://[::1/app-1.0-py3-none-any.whl")),
        row("hashes: a list", _page({**_FILE, "hashes": []}), ""),
        row("hashes: no hexadecimal", _page({**_FILE, "hashes": {"sha256": "../../x"}}), "malformed hash"),
        row("hashes: null", _page({**_FILE, "hashes": {"sha256": None}}), "malformed hash"),
        row("size: negative", _page({**_FILE, "size": -1}), ""),
        row("size: huge", _page({**_FILE, "size": 2**80}), ""),
        row("size: a text", _page({**_FILE, "size": "many"}), ""),
        row("requires-python: garbage", _page({**_FILE, "requires-python": "((((" * 999}), ""),
        row("requires-python: a number", _page({**_FILE, "requires-python": 3}), ""),
        row("upload-time: garbage", _page({**_FILE, "upload-time": "9" * 999}), ""),
        row("yanked: escape", _page({**_FILE, "yanked": "\x1b]0;x\x07\u202e"}), "yanked"),
        row("core-metadata: garbage", _page({**_FILE, "core-metadata": {"sha256": 7}}), "malformed hash"),
        row("version of 5000 digits",
            _page({**_FILE, "filename": f"app-1.{'1' * 5000}-py3-none-any.whl"})),
        row("two entries of one name", _page(
            _FILE, {**_FILE, "hashes": {"sha256": "1" * 64}}), "app-1.0-py3-none-any.whl"),
        row("name of another project", _page(_FILE, name="other"), ""),
    ]  # fmt: skip


def html_pages() -> list[HostileText]:
    """Return answers of an HTML index for the project `app`."""
    none = "no version of `app` can be used"
    link = '<a href="{}">app-1.0-py3-none-any.whl</a>'
    good = link.format("app-1.0-py3-none-any.whl")

    def row(title: str, text: str | bytes, verdict: str = none) -> HostileText:
        return HostileText(f"HTML: {title}", always(text), verdict, HTML)

    return [
        row("empty", ""),
        row("no link", "<!DOCTYPE html><html></html>"),
        row("invalid UTF-8", b"\xff\xfe<a href='x'>"),
        row("javascript", link.format("javascript:alert(1)//app-1.0-py3-none-any.whl")),
        row("data", link.format("data:,app-1.0-py3-none-any.whl")),
        row("file", link.format("file:///app-1.0-py3-none-any.whl")),
        row("ftp", link.format("ftp://host/app-1.0-py3-none-any.whl")),
        row("base: file", '<base href="file:///etc/">' + good, ""),
        row("base: javascript", '<base href="javascript:x">' + good, ""),
        row("base: broken", '<base href="http://[/">' + good, ""),
        row("double encoding", link.format("%252e%252e%252fapp-1.0-py3-none-any.whl")),
        row("encoded NUL", link.format("app-1.0-py3-none-any.whl%00")),
        row("encoded slash", link.format("..%2fapp-1.0-py3-none-any.whl")),
        row("encoded newline", link.format("app-1.0%0a-py3-none-any.whl")),
        row("stream", link.format("app-1.0-py3-none-any.whl:stream")),
        row("escape sequence", link.format("\x1b[2Japp-1.0-py3-none-any.whl")),
        row("in a comment", f"<!-- {good} -->"),
        row("in a comment never closed", f"<!-- {good}"),
        row("in a script", f"<script>{good}</script>"),
        row("in a script never closed", f"<script>{good}"),
        row("attribute never closed", '<a href="app-1.0-py3-none-any.whl'),
        row("NUL in a tag", "<a\0href='app-1.0-py3-none-any.whl'>"),
        row("200,000 attributes", "<a " + "x=y " * 200_000 + ">"),
        row("100,000 open tags", "<a " * 100_000),
        row("100,000 levels", "<div>" * 100_000),
        row("100,000 comments never closed", "<!--" * 100_000),
        row("a megabyte of one attribute", f'<a href="{"x" * 1_000_000}">'),
        row("a megabyte of entities", link.format("&amp;" * 200_000)),
        row("numbers of characters", link.format("&#0;&#x110000;&#99999999999999999999;")),
        row("hash of garbage", link.format("app-1.0-py3-none-any.whl#sha256=xyz"), "malformed hash"),
        row("two hashes", link.format(f"app-1.0-py3-none-any.whl#sha256={'0' * 64}&md5=1"), ""),
        row("requires-python of garbage", good.replace(
            "<a ", '<a data-requires-python="&gt;&gt;&gt;((" '), ""),
    ]  # fmt: skip


# --- requirements ----------------------------------------------------------------------------------


def requirements() -> list[HostileText]:
    """Return requirements, one line each, that every way to write one has to refuse."""
    nested = "(" * 3000 + "python_version > '3'" + ")" * 3000
    texts = {
        "two versions": ("app==1 bar", "expected comma"),
        "marker of 3000 parentheses": (f"app; {nested}", "nested"),
        "marker of 20,000 terms": ("app; " + " or ".join(["os_name == 'x'"] * 20_000), "10000 characters"),
        "marker with an unknown variable": ("app; nonsense == '1'", "marker variable"),
        "marker never closed": ("app; python_version > '3", "marker variable"),
        "empty marker": ("app;", "marker variable"),
        "version of 5000 digits": ("app==1." + "1" * 5000, "100 digits"),
        "specifier of 100,000 parts": ("app" + ",".join([">1"] * 100_000), "10000 characters"),
        "name with an escape": ("app\x1b[2J", "app?[2J"),
        "name with NUL": ("app\0", "app?"),
        "name with a path": ("../../app==1", "does not exist"),
        "name turned around": ("app\u202egnp", "app?gnp"),
        "extras never closed": ("app[a", "RIGHT_BRACKET"),
        "5000 extras": (f"app[{','.join('a' * 5000)}", "10000 characters"),
        "URL without scheme": ("app @ //host/x.whl", "not a valid name of a wheel"),
        "javascript": ("app @ javascript:alert(1)", "not supported"),
        "data URL": ("app @ data:,x.whl", "not supported"),
        "URL with a newline": ("app @ http://host/a%0ab-1.0-py3-none-any.whl", "not a valid name"),
        "URL with an encoded path": ("app @ http://host/%252e%252e%252fx.whl", "not a valid name"),
        "URL with NUL": ("app @ http://host/x%00.whl", "not a valid name"),
        "URL with a stream": ("app @ http://host/x.whl:stream", "plain http"),
        "URL with a bad port": ("app @ http://host:99999999/app-1.0-py3-none-any.whl", "not a valid URL"),
        "URL with brackets": ("app @ http://[/app-1.0-py3-none-any.whl", "not a valid URL"),
        "option for git": ("app @ git+file:///r@--upload-pack=touch", "must not begin with `-`"),
        "option for ssh": ("app @ git+ssh://-oProxyCommand=touch/r", "must not begin with `-`"),
        "helper of git": ("app @ git+ext::sh -c touch", "app @ git+ext::sh"),
        "revision with a separator": ("app @ git+https://host/r@a\u2028b", "control characters"),
        "subdirectory that leads out": (
            "app @ git+https://host/r#subdirectory=../../etc", "inside the project"),
        "arbitrary equality with an escape": ("app===1\x1b[2J", "no project `app`"),
    }  # fmt: skip
    return [
        HostileText(f"requirement: {title}", always(text), verdict)
        for title, (text, verdict) in texts.items()
    ]


def requirements_files() -> list[HostileText]:
    """Return requirements files that cannot be used."""
    texts: dict[str, tuple[str | bytes, str]] = {
        "invalid UTF-8": (b"app\n\xff\xfe\xfa\n", "utf-8"),
        "UTF-16 cut off": (b"\xff\xfea", "utf-16"),
        "NUL": ("app\0==1\n", "NUL"),
        "unknown encoding": ("# -*- coding: nonsense -*-\napp\n", "nonsense"),
        "encoding that is none of text": ("# -*- coding: zlib -*-\napp\n", "zlib"),
        "encoding that is no name": ("# -*- coding: ../../x -*-\napp\n", "encoding"),
        "two words": ("good\napp==1 bar\n", ":2"),
        "unknown option": ("good\n\n--evil\n", ":3"),
        "quote never closed": ("--find-links 'x\n", "not closed"),
        "option without a value": ("--index-url\n", "needs a value"),
        "itself": ("-r requirements.txt\n", "requirements.txt"),
        "missing file": ("-r nowhere.txt\n", "nowhere.txt"),
        "folder": ("-r .\n", "is a folder"),
        "device": ("-r /dev/zero\n", "larger than"),
        "short hash": ("app==1 --hash=sha256:abc\n", "64 hexadecimal"),
        "weak hash": ("app==1 --hash=md5:" + "0" * 32 + "\n", "md5"),
        "empty hash": ("app==1 --hash=sha256:\n", "64 hexadecimal"),
        "a line of 3 MB": ("x" * 3_000_000 + "\n", "longer than"),
        "a line that goes on for ever": ("app\\\n" * 200_000, "10000 characters"),
        "100,000 bad lines": ("===\n" * 100_000, "100 or more"),
        "merge conflict": ("<<<<<<< HEAD\napp==1\n=======\napp==2\n>>>>>>> x\n", ":1"),
        "binary": (bytes(range(256)) * 40, "utf-8"),
        "HTML": ("<!DOCTYPE html>\n<html></html>\n", ":1"),
    }
    return [
        HostileText(f"requirements file: {title}", always(text), verdict)
        for title, (text, verdict) in texts.items()
    ]


# --- configuration and lock files ------------------------------------------------------------------


def pip_files() -> list[HostileText]:
    """Return files of pip's configuration that cannot be used."""
    texts: dict[str, str | bytes] = {
        "invalid UTF-8": b"[global]\ntimeout = \xff\n",
        "no section": "timeout = 3\n",
        "section never closed": "[global\ntimeout = 3\n",
        "section twice": "[global]\na = 1\n[global]\nb = 1\n",
        "key twice": "[global]\ntimeout = 1\ntimeout = 2\n",
        "no value": "[global]\ntimeout\n",
        "words for a number": "[global]\ntimeout = soon\n",
        "number of 5000 digits": "[global]\ntimeout = " + "9" * 5000 + "\n",
        "binary": bytes(range(256)) * 9,
    }
    return [
        HostileText(f"pip.conf: {title}", always(text), "pip.conf", code=2)
        for title, text in texts.items()
    ]


def project_files() -> list[HostileText]:
    """Return files `xpip.toml` that cannot be used."""
    texts: dict[str, str | bytes] = {
        "invalid UTF-8": b"index-url = '\xff'\n",
        "no TOML": "index-url = \n",
        "unknown key": "indexx-url = 'x'\n",
        "key twice": "index-url = 'x'\nindex-url = 'y'\n",
        "key of 20,000 dots": "a" + ".a" * 20_000 + " = 1\n",
        "array of 20,000 levels": "a = " + "[" * 20_000 + "]" * 20_000 + "\n",
        "a table for a text": "[index-url]\na = 1\n",
        "words for a flag": "durable = 'perhaps'\n",
        "number of 5000 digits": "timeout = " + "9" * 5000 + "\n",
        "NUL": "index-url = 'a\0b'\n",
        "escape": "index-url = 'a\x1b[2Jb'\n",
        "binary": bytes(range(256)) * 9,
    }
    return [
        HostileText(f"xpip.toml: {title}", always(text), "xpip.toml", code=2)
        for title, text in texts.items()
    ]


_LOCK = """\
lock-version = "1.0"
created-by = "test"
[[packages]]
name = "app"
version = "1.0"
[[packages.wheels]]
url = "https://index.example/app-1.0-py3-none-any.whl"
hashes = {sha256 = "%s"}
""" % ("0" * 64)


def lock_files() -> list[HostileText]:
    """Return lock files that cannot be used."""
    url = "https://index.example/app-1.0-py3-none-any.whl"
    texts: dict[str, tuple[str | bytes, str]] = {
        "empty": ("", "lock-version"),
        "invalid UTF-8": (b"lock-version = '\xff'\n", "utf-8"),
        "cut off": (_LOCK[:-20], "cut off"),
        "other version": (_LOCK.replace('"1.0"', '"2.0"', 1), "2.0"),
        "version as a number": (_LOCK.replace('"1.0"', "1", 1), "lock-version"),
        "merge conflict": (_LOCK + "<<<<<<< HEAD\n", ":9"),
        "no hash": (_LOCK.replace('hashes = {sha256 = "' + "0" * 64 + '"}', ""), "hash"),
        "hash of garbage": (_LOCK.replace("0" * 64, "xyz"), "hexadecimal"),
        "URL of javascript": (_LOCK.replace(url, "javascript:x"), "javascript:x"),
        "name that is a path": (_LOCK.replace('name = "app"', 'name = "../app"'), "name"),
        "packages: a text": ('lock-version = "1.0"\ncreated-by = "x"\npackages = "x"\n', "packages"),
        "packages: numbers": ('lock-version = "1.0"\ncreated-by = "x"\npackages = [1]\n', "packages"),
        "marker of 3000 parentheses": (_LOCK.replace(
            'version = "1.0"\n[[', 'version = "1.0"\nmarker = "' + "(" * 3000 + '"\n[['), "marker"),
        "version of 5000 digits": (
            _LOCK.replace('version = "1.0"\n[[', f'version = "1.{"1" * 5000}"\n[['), "version"),
        "size: negative": (_LOCK + "size = -1\n", "size"),
        "key of 20,000 dots": ("a" + ".a" * 20_000 + " = 1\n", "100 parts"),
        "same wheel twice": (_LOCK + _LOCK.partition('created-by = "test"\n')[2], "more than once"),
        "binary": (bytes(range(256)) * 9, "utf-8"),
    }  # fmt: skip
    return [
        HostileText(f"pylock.toml: {title}", always(text), verdict)
        for title, (text, verdict) in texts.items()
    ]


def direct_urls() -> list[HostileText]:
    """Return texts of direct_url.json that an installed distribution might have."""
    texts = {
        "empty": "",
        "no JSON": "{",
        "a list": "[]",
        "no url": "{}",
        "url: null": '{"url": null}',
        "url: a list": '{"url": []}',
        "100,000 levels": "[" * 100_000,
        "url with an escape": '{"url": "file:///\\u001b[2J", "dir_info": {}}',
        "dir_info: a text": '{"url": "file:///x", "dir_info": "x"}',
        "hashes: a list": '{"url": "https://h/x.whl", "archive_info": {"hashes": []}}',
        "hash: a number": '{"url": "https://h/x.whl", "archive_info": {"hash": 1}}',
        "vcs_info: null": '{"url": "https://h/x", "vcs_info": null}',
        "commit_id: escape": '{"url": "https://h/x", "vcs_info": {"vcs": "git", "commit_id": "\\u001b"}}',
        "lone surrogate": '{"url": "file:///\\ud800", "dir_info": {}}',
        "another machine": '{"url": "file://host/x", "dir_info": {"editable": true}}',
        "URL with brackets": '{"url": "http://[/x", "dir_info": {}}',
        "encoded NUL": '{"url": "file:///a%00b", "dir_info": {"editable": true}}',
        "NUL": '{"url": "file:///a\\u0000b", "dir_info": {"editable": true}}',
    }
    return [HostileText(f"direct_url.json: {title}", always(text)) for title, text in texts.items()]
