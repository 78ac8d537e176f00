"""`xpip config`, and that pip's files and variables mean here exactly what they mean to pip."""

import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.command import ROOT, run, xpip
from xpip.cli.settings import DEFAULT_INDEX, load_settings
from xpip.errors import XpipError

SEED = 20260731
CASES = 90
INDEX = "https://index.example/simple"

VALUES = {
    "index-url": [INDEX, "https://other.example/s/", "https://a.example/%40x"],
    "pypi-url": ["https://synonym.example/s"],
    "extra-index-url": ["https://x.example/s", "https://x.example/s https://y.example/s",
                        "\n  https://m.example/s\n  https://n.example/s"],
    "find-links": ["/opt/links", "/opt/a /opt/b"],
    "no-index": ["1", "true", "No", "off", "y", ""],
    "timeout": ["5", "2.5", "60"],
    "default-timeout": ["180"],
    "retries": ["0", "7"],
    "verbose": ["2", "true", "0", "no"],
    "quiet": ["1", "3", "yes"],
    "pre": ["true", "false"],
    "prefer-binary": ["1"],
    "no-deps": ["yes", "no"],
    "no-dependencies": ["1"],
    "upgrade": ["true"],
    "upgrade-strategy": ["eager", "only-if-needed"],
    "trusted-host": ["h.example", "h.example:8443 i.example"],
    "proxy": ["http://proxy.example:3128"],
    "cert": ["/etc/certs.pem"],
    "requirement": ["a.txt b.txt"],
    "constraint": ["c.txt"],
    "force-reinstall": ["1"],
    "dry-run": ["t"],
    "require-hashes": ["false", "true"],
    "compile": ["0", "1"],
    "no-compile": ["0", "1"],
    "target": ["/tmp/t"],
    "user": ["1", "0"],
    "no-user": ["1", "0"],
    "root": ["/tmp/r"],
    "report": ["/tmp/report.json"],
    "no-warn-conflicts": ["0"],
    "no-cache-dir": ["1", "false", "off"],
    "cache-dir": ["/tmp/cache"],
    "only-binary": [":all:", "a,b", "c"],
    "no-binary": [":none:", "b", "d,e"],
    "unknown-key": ["whatever"],
    "editable-mode": ["x"],
}  # fmt: skip
SECTIONS = ("global", "install", "download", "list", "DEFAULT", "global.sub", "Install")


def make_file(chance: random.Random) -> str:
    """Return a configuration file that pip can read."""
    lines = [chance.choice(("", "# a comment", "; another"))]
    for section in chance.sample(SECTIONS, chance.randint(1, 4)):
        lines.append(f"[{section}]")
        for key in chance.sample(sorted(VALUES), chance.randint(0, 4)):
            spelled = chance.choice((key, key.replace("-", "_"), key.upper(), f"--{key}"))
            sign = chance.choice((" = ", "=", ": "))
            lines.append(f"{spelled}{sign}{chance.choice(VALUES[key])}")
            if chance.random() < 0.1:
                lines.append(chance.choice(("", "  # indented comment", "; comment")))
    return "\n".join(lines) + chance.choice(("", "\n", "\n\n"))


class Machine:
    """Places of configuration that pip and xpip both look at."""

    def __init__(self, folder: Path, prefix: Path):
        self.folder = folder
        self.prefix = prefix
        self.home = folder / "home"
        self.etc = folder / "etc"
        self.files = {
            "xdg": folder / "xdg" / "pip" / "pip.conf",
            "global": self.etc / "pip.conf",
            "legacy": self.home / ".pip" / "pip.conf",
            "user": self.home / ".config" / "pip" / "pip.conf",
            "named": folder / "named.conf",
        }
        self.environ = {
            "HOME": str(self.home),
            "XDG_CONFIG_DIRS": str(folder / "xdg"),
            "PATH": os.environ["PATH"],
            "VIRTUAL_ENV": str(prefix),
        }

    def fill(self, chance: random.Random) -> None:
        for path in self.files.values():
            if chance.random() < 0.45:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(make_file(chance))
        for key in chance.sample(sorted(VALUES), chance.randint(0, 5)):
            value = chance.choice(VALUES[key]).replace("\n", " ")
            self.environ[f"PIP_{key.replace('-', '_').upper()}"] = value
        way = chance.random()
        if way < 0.3:
            self.environ["PIP_CONFIG_FILE"] = str(self.files["named"])
        elif way < 0.35:
            self.environ["PIP_CONFIG_FILE"] = os.devnull

    def changes_pips_list(self) -> bool:
        """pip's list is a log message, and `user` would be taken for its option `--user`."""
        texts = [path.read_text() for path in self.files.values() if path.exists()]
        lines = [line.lower().lstrip("-") for text in texts for line in text.split("\n")]
        keys = [*lines, *(name.lower().removeprefix("pip_") for name in self.environ)]
        return any(key.startswith(("quiet", "verbose", "user")) for key in keys)

    def load(self, *argv: str):
        return load_settings(
            argv, self.environ, str(self.folder), 5.0, str(self.prefix),
            str(self.files["global"]),
        )  # fmt: skip

    def config(self, *argv: str) -> tuple[int, str]:
        """Run `xpip config` in this process, where /etc can be another folder."""
        from xpip.cli.commands import config
        from xpip.terminal.console import Console

        out = io.StringIO()
        try:
            settings = self.load("config", *argv)
            config.run(settings.options, settings, Console(out, io.StringIO()))
        except XpipError as error:
            return error.exit_code, out.getvalue()
        return 0, out.getvalue()


@pytest.fixture(scope="module")
def prefix(tmp_path_factory) -> Path:
    """An environment whose python is the real pip's, so that it has a site file of its own."""
    folder = tmp_path_factory.mktemp("pip") / "environment"
    assert xpip("venv", folder, PYTHONPATH=str(ROOT / "src")).code == 0
    return folder


def ask_pip(prefix: Path, cases: list[dict]) -> list[dict]:
    import pip

    done = subprocess.run(
        [prefix / "bin" / "python", ROOT / "tests" / "kit" / "pip_driver.py"],
        input=json.dumps(cases).encode(),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(pip.__file__).parents[1])},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def what_xpip_makes_of_it(machine: Machine) -> dict:
    try:
        settings = machine.load("install", "x")
    except XpipError as error:
        return {"exit": error.exit_code}
    options, index = settings.options, settings.index_sources
    verbosity = settings.output.verbosity
    only_binary, no_binary = settings.policy.only_binary, settings.policy.no_binary
    return {
        "index_url": index.index_url if index.index_url != DEFAULT_INDEX else None,
        "extra_index_urls": list(index.extra_index_urls),
        "find_links": list(settings.index_options.find_links),
        "no_index": index.no_index,
        "timeout": settings.network.timeout,
        "retries": settings.network.retries,
        "verbosity": verbosity,
        "pre": settings.policy.pre,
        "prefer_binary": settings.policy.prefer_binary,
        "ignore_dependencies": options.no_deps,
        "upgrade": options.upgrade,
        "eager": options.eager,
        "trusted_hosts": list(settings.network.trusted_hosts),
        "cert": settings.network.certificates,
        "requirements": list(options.wanted.requirement_files),
        "constraints": list(options.wanted.constraint_files),
        "force_reinstall": options.force_reinstall,
        "dry_run": options.dry_run,
        "require_hashes": bool(settings.require_hashes),
        "no_input": not settings.network.interactive,
        "target_dir": options.environment.target,
        "use_user_site": options.environment.user,
        "cache": settings.store.root,
        "root_path": options.environment.root,
        "report": options.report,
        "warn_about_conflicts": options.warn_conflicts,
        "only_binary": sorted(only_binary),
        "no_binary": sorted(no_binary),
    }


def in_xpips_words(pips: dict, home: Path) -> dict:
    if "exit" in pips:
        return {"exit": 2 if pips["exit"] == 3 else pips["exit"]}
    index = pips["index_url"]
    bounded = max(-3, min(3, pips["verbose"] - pips["quiet"]))
    cache = pips["cache_dir"]
    return {
        "index_url": None if index == "https://pypi.org/simple" else index.rstrip() or None,
        "extra_index_urls": pips["extra_index_urls"],
        "find_links": list(dict.fromkeys(pips["find_links"])),
        "no_index": bool(pips["no_index"]),
        "timeout": float(pips["timeout"]),
        "retries": pips["retries"],
        "verbosity": bounded,
        "pre": bool(pips["pre"]),
        "prefer_binary": bool(pips["prefer_binary"]),
        "ignore_dependencies": bool(pips["ignore_dependencies"]),
        "upgrade": bool(pips["upgrade"]),
        "eager": pips["upgrade_strategy"] == "eager",
        "trusted_hosts": pips["trusted_hosts"],
        "cert": pips["cert"] or "",
        "requirements": pips["requirements"],
        "constraints": pips["constraints"],
        "force_reinstall": bool(pips["force_reinstall"]),
        "dry_run": bool(pips["dry_run"]),
        "require_hashes": bool(pips["require_hashes"]),
        "no_input": bool(pips["no_input"]),
        "target_dir": pips["target_dir"] or "",
        "use_user_site": None if pips["use_user_site"] is None else bool(pips["use_user_site"]),
        "cache": "" if not cache else cache if cache == "/tmp/cache" else f"{home}/.cache/xpip",
        "root_path": pips["root_path"] or "",
        "report": pips["json_report_file"] or "",
        "warn_about_conflicts": bool(pips["warn_about_conflicts"]),
        "only_binary": pips["only_binary"],
        "no_binary": pips["no_binary"],
    }


def test_files_and_variables_mean_what_they_mean_to_pip(tmp_path, prefix):
    """Generated configurations: the same list, the same `debug`, the same effective values."""
    chance = random.Random(SEED)
    actions = [
        ["list"],
        ["debug"],
        ["list", "--user"],
        ["list", "--global"],
        ["get", "global.timeout"],
    ]
    machines, cases = [], []
    for number in range(CASES):
        machine = Machine(tmp_path / str(number), prefix)
        machine.folder.mkdir()
        machine.fill(chance)
        machines.append(machine)
        environ = {**machine.environ, "PYTHONPATH": ""}
        cases.append({"environ": environ, "etc": str(machine.etc), "actions": actions})
    compared = listed = 0
    for machine, case, pips in zip(machines, cases, ask_pip(prefix, cases), strict=True):
        about = f"seed {SEED}, {machine.folder.name}: {machine.environ}"
        ours = what_xpip_makes_of_it(machine)
        told = pips["told"]
        if "exit" not in pips["effective"]:
            theirs = in_xpips_words(pips["effective"], machine.home)
            if (theirs["target_dir"] and theirs["use_user_site"]) or (
                theirs["root_path"] and theirs["target_dir"]
            ):
                theirs = {"exit": 2}
            assert ours == theirs, about
            compared += 1
        if machine.changes_pips_list():
            continue
        listed += 1
        for action in case["actions"]:
            expected = told[" ".join(action)]
            code, out = machine.config(*action)
            if expected[0] not in (0, 1):
                # pip reads the options of `config` from the same files, and refuses some values.
                continue
            if action[0] == "debug":
                assert out[: len(expected[1])] == expected[1], about
            else:
                assert code == expected[0], (action, about, out)
                assert out.splitlines() == expected[1].splitlines(), (action, about)
    assert compared > CASES * 0.7
    assert listed > CASES * 0.2


def test_a_site_file_stands_between_the_users_and_the_named_one(tmp_path, prefix):
    machine = Machine(tmp_path, prefix)
    for place, value in (("user", "1"), ("named", "3")):
        machine.files[place].parent.mkdir(parents=True, exist_ok=True)
        machine.files[place].write_text(f"[global]\ntimeout = {value}\n")
    site = prefix / "pip.conf"
    site.write_text("[global]\ntimeout = 2\n")
    try:
        assert machine.load("list").network.timeout == 2
        assert machine.config("get", "global.timeout") == (0, "2\n")
        machine.environ["PIP_CONFIG_FILE"] = str(machine.files["named"])
        assert machine.load("list").network.timeout == 3
        pips = ask_pip(
            prefix, [{"environ": machine.environ, "etc": "/none", "actions": [["list"]]}]
        )
        assert machine.config("list")[1] == pips[0]["told"]["list"][1]
    finally:
        site.unlink()


# --- changing files --------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_CONFIG_FILE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "xdg"))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "environment"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path


def config(home: Path, *words: str, **variables: str):
    return xpip("config", *words, cwd=home, **variables)


def test_a_key_is_set_read_and_taken_away(home):
    path = home / ".config/pip/pip.conf"
    done = config(home, "set", "global.index_url", INDEX)
    assert (done.code, done.out) == (0, f"Writing to {path}\n"), done
    assert path.read_text() == f"[global]\nindex-url = {INDEX}\n"
    assert config(home, "get", "global.index-url").out == f"{INDEX}\n"
    assert config(home, "unset", "global.INDEX_URL").code == 0
    assert path.read_text().strip() == ""
    refused = config(home, "unset", "global.index-url")
    assert (refused.code, refused.out) == (1, ""), refused
    assert "no key `global.index-url`" in refused.err


def test_comments_and_order_survive_a_change(home):
    path = home / ".config/pip/pip.conf"
    path.parent.mkdir(parents=True)
    path.write_text("# of the team\n[install]\nno-deps = yes\n\n[global]\n; why\ntimeout = 5\n")
    assert config(home, "set", "global.retries", "2").code == 0
    assert config(home, "set", "install.no-deps", "no").code == 0
    assert path.read_text() == (
        "# of the team\n[install]\nno-deps = no\n\n[global]\n; why\ntimeout = 5\nretries = 2\n"
    )


def test_the_site_file_is_changed_where_it_exists(home):
    site = home / "environment" / "pip.conf"
    site.parent.mkdir()
    site.write_text("")
    assert config(home, "set", "global.timeout", "9").code == 0
    assert site.read_text() == "[global]\ntimeout = 9\n"
    assert config(home, "set", "--user", "global.timeout", "8").code == 0
    assert config(home, "get", "global.timeout").out == "9\n"
    assert config(home, "get", "--user", "global.timeout").out == "8\n"


def test_an_editor_is_started_and_what_it_wrote_is_looked_at(home):
    script = home / "editor.sh"
    script.write_text('#!/bin/sh\nprintf "[global]\\nbroken" > "$2"\n')
    script.chmod(0o755)
    done = config(home, "edit", "--editor", f"{script} --wait")
    assert done.code == 2, done
    assert "not a valid configuration file: line 2" in done.err
    assert (home / ".config/pip/pip.conf").read_text() == "[global]\nbroken"
    (home / ".config/pip/pip.conf").write_text("")
    assert config(home, "edit", EDITOR="false").code == 1
    nobody = config(home, "edit", EDITOR="", VISUAL="")
    assert (nobody.code, "no editor is known" in nobody.err) == (1, True), nobody


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        ((), "needs to know what to do"),
        (("nonsense",), "needs to know what to do"),
        (("get",), "takes 1 argument"),
        (("set", "a.b"), "takes 2 arguments"),
        (("get", "timeout"), "`global.timeout` holds for all commands"),
        (("set", "timeout", "1"), "`global.timeout` holds for all commands"),
        (("list", "--user", "--global"), "one of `--user`, `--site` and `--global`"),
        (("set", "global.a=b", "1"), "cannot be the name of a key"),
    ],
)
def test_mistakes_are_told_with_pips_exit_code(home, words, fragment):
    done = config(home, *words)
    assert (done.code, done.out) == (1, ""), done
    assert fragment in done.err


def test_no_secret_is_listed_and_get_gives_it(home):
    secret = "https://user:S3CR3T@index.example/simple"
    assert config(home, "set", "global.index-url", secret).code == 0
    assert config(home, "set", "global.extra-index-url", f"{secret}\n{secret}").code == 0
    assert config(home, "set", "global.proxy", "user:S3CR3T@proxy.example:3128").code == 0
    for words in (("list",), ("list", "-v"), ("debug",)):
        done = config(home, *words, PIP_EXTRA_INDEX_URL=secret, XPIP_INDEX=f"mine={secret}")
        assert done.code == 0, done
        assert "S3CR3T" not in done.out + done.err
        assert "index.example" in done.out
    assert config(home, "get", "global.index-url").out == f"{secret}\n"


def test_debug_tells_every_effective_value_and_its_place(home):
    project = home / "work"
    project.mkdir()
    (project / "xpip.toml").write_text("retries = 3\n[install]\nno-deps = true\n")
    user = home / ".config/pip/pip.conf"
    user.parent.mkdir(parents=True)
    user.write_text("[global]\ntimeout = 5\nretries = 9\nnonsense = 1\n")
    done = xpip("config", "debug", cwd=project, XPIP_LINK_MODE="copy")
    assert done.code == 0, done
    effective = done.out.partition("effective for install:\n")[2].splitlines()
    assert f"  timeout: 5  (`timeout` in section `[global]` of `{user}`)" in effective
    assert f"  retries: 3  (`retries` of `{project}/xpip.toml`)" in effective
    assert f"  no-deps: true  (`install.no-deps` of `{project}/xpip.toml`)" in effective
    assert "  link-mode: copy  (the variable `XPIP_LINK_MODE`)" in effective
    assert any(
        "nonsense" in line for line in done.out.partition("not for install:")[2].splitlines()
    )


def test_a_broken_file_is_named_with_its_line(home):
    path = home / ".config/pip/pip.conf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"[global]\ntimeout = \xff\n")
    done = config(home, "list")
    assert (done.code, f"{path}:2" in done.err) == (2, True), done


def test_the_real_pip_reads_what_was_written(home):
    """Values with all that pip's own writer can write."""
    for key, value in (("global.find-links", "/a b /c"), ("install.proxy", "http://p:1/%x"),
                       ("global.extra-index-url", "https://a.example\nhttps://b.example")):  # fmt: skip
        assert config(home, "set", key, value).code == 0
    ours = config(home, "list", "--user").out
    theirs = run(sys.executable, "-m", "pip", "config", "list", "--user", cwd=home, PYTHONPATH="")
    assert theirs.code == 0, theirs
    assert theirs.out == ours
