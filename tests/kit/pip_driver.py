"""Runs inside the real pip's interpreter: many configurations in one process, for the sake of time.

Reads a JSON list of cases from standard input, each with `environ`, `etc` (what stands in for
/etc) and `actions`; writes what pip says and what its `install` makes of it.
"""

import contextlib
import io
import json
import os
import sys

from pip._internal.cli.main import main
from pip._internal.commands import create_command
from pip._internal.utils import appdirs

REAL_FOLDERS = appdirs.site_config_dirs
SHOWN = (
    "index_url", "extra_index_urls", "find_links", "no_index", "timeout", "retries", "verbose",
    "quiet", "pre", "prefer_binary", "ignore_dependencies", "upgrade", "upgrade_strategy",
    "trusted_hosts", "proxy", "cert", "requirements", "constraints", "force_reinstall", "dry_run",
    "require_hashes", "no_input", "compile", "target_dir", "use_user_site", "cache_dir", "root_path",
    "json_report_file", "warn_about_conflicts",
)  # fmt: skip


def run(case):
    os.environ.clear()
    os.environ.update(case["environ"])
    appdirs.site_config_dirs = lambda name: [
        case["etc"] if folder == "/etc" else folder for folder in REAL_FOLDERS(name)
    ]
    told = {}
    for action in case["actions"]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            try:
                code = main(["config", *action])
            except SystemExit as end:
                code = end.code
        told[" ".join(action)] = [code, out.getvalue()]
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            values = create_command("install").parser.get_default_values()
        effective = {name: getattr(values, name) for name in SHOWN}
        control = values.format_control
        effective["only_binary"] = sorted(control.only_binary)
        effective["no_binary"] = sorted(control.no_binary)
    except SystemExit as end:
        effective = {"exit": end.code}
    return {"told": told, "effective": effective}


json.dump([run(case) for case in json.load(sys.stdin)], sys.stdout)
