"""Options that every command accepts."""

from __future__ import annotations

from xpip.formats.option_table import (
    COUNT,
    FLAG,
    INTEGER,
    LIST,
    PATH,
    SECONDS,
    Option,
    OptionGroup,
)

GENERAL = OptionGroup(
    "General options",
    (
        Option(("-h", "--help"), "help", FLAG, "Show what a command accepts"),
        Option(("-V", "--version"), "version", FLAG, "Show the version of xpip"),
        Option(("-v", "--verbose"), "verbose", COUNT, "Tell more; up to three times"),
        Option(("-q", "--quiet"), "quiet", COUNT, "Tell less; up to three times"),
        Option(
            ("-p", "--python"),
            "python",
            PATH,
            "Work on the environment of this interpreter, folder or version",
            "PYTHON",
        ),
        Option(
            ("--require-virtualenv", "--require-venv"),
            "require_virtualenv",
            FLAG,
            "Work on virtual environments only",
        ),
        Option(
            ("--isolated",),
            "isolated",
            FLAG,
            "Ignore PIP_* and XPIP_* variables, the user's files and the project's settings",
        ),
        Option(
            ("--config-file",),
            "config_file",
            PATH,
            "Read these settings (TOML) in place of the project's",
            "FILE",
            own=True,
        ),
        Option(("--no-config",), "no_config", FLAG, "Do not read the project's settings", own=True),
        Option(
            ("--directory",),
            "directory",
            PATH,
            "Work as if started in this folder",
            "FOLDER",
            own=True,
        ),
        Option(
            ("--project",),
            "project",
            PATH,
            "Look for settings, `.venv` and groups from this folder on",
            "FOLDER",
            own=True,
        ),
        Option(
            ("--log", "--log-file", "--local-log"),
            "log",
            PATH,
            "Append everything that could be told to this file",
            "FILE",
        ),
        Option(
            ("--exists-action",),
            "exists_action",
            LIST,
            "What to do where another checkout is in the way of an editable one",
            metavar="ACTION",
            choices=("s", "i", "w", "b", "a", "switch", "ignore", "wipe", "backup", "abort"),
        ),
        Option(("--debug",), "debug", FLAG, "Show the traceback of an unexpected error"),
        Option(("--timings",), "timings", FLAG, "Show where the time of an installation went"),
    ),
)

OUTPUT = OptionGroup(
    "Output",
    (
        Option(
            ("--color",),
            "color",
            help="When to use colour",
            metavar="WHEN",
            choices=("auto", "always", "never"),
            resets="no_color",
        ),
        Option(("--no-color",), "no_color", FLAG, "Use no colour"),
        Option(
            ("--progress-bar",),
            "progress_bar",
            help="How to show progress",
            metavar="KIND",
            choices=("auto", "on", "off", "raw"),
            resets="no_progress",
        ),
        Option(("--no-progress",), "no_progress", FLAG, "Show no progress"),
        Option(("--no-input",), "no_input", FLAG, "Never ask for anything"),
        Option(
            ("--json-errors",),
            "json_errors",
            FLAG,
            "Tell an error as one line of JSON on standard error",
        ),
        Option(("--disable-pip-version-check",), "", FLAG),
        Option(("--no-python-version-warning",), "", FLAG),
        Option(("--use-feature",), "use_feature", LIST, metavar="FEATURE"),
        Option(("--use-deprecated",), "use_deprecated", LIST, metavar="FEATURE"),
    ),
)

NETWORK = OptionGroup(
    "Network",
    (
        Option(
            ("--timeout", "--default-timeout"),
            "timeout",
            SECONDS,
            "Give up after so many seconds without an answer",
            "SECONDS",
        ),
        Option(("--retries",), "retries", INTEGER, "Try again so many times", "NUMBER"),
        Option(
            ("--proxy",),
            "proxy",
            help="Reach servers through this proxy; empty for none",
            metavar="URL",
            may_be_empty=True,
        ),
        Option(
            ("--no-proxy-env",),
            "no_proxy_env",
            FLAG,
            "Ignore HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY",
        ),
        Option(
            ("--resume-retries",),
            "resume_retries",
            INTEGER,
            "Go on so many times with downloads that break off",
            "NUMBER",
        ),
        Option(
            ("--keyring-provider",),
            "keyring_provider",
            help="How to ask the keyring for passwords; auto: not with --no-input",
            metavar="HOW",
            choices=("auto", "disabled", "import", "subprocess"),
        ),
        Option(
            ("--trusted-host",),
            "trusted_host",
            LIST,
            "Accept plain http and any certificate of this host",
            "HOST[:PORT]",
        ),
        Option(("--cert",), "cert", PATH, "Trust the certificates of this file only", "FILE"),
        Option(("--client-cert",), "client_cert", PATH, "Show this certificate to servers", "FILE"),
        Option(("--offline",), "offline", FLAG, "Use what is cached or local only"),
        # The certificates of the system count anyway.
        Option(("--system-certs", "--native-tls"), "", FLAG, own=True),
        Option(
            ("--concurrent-downloads",),
            "concurrent_downloads",
            INTEGER,
            "Load at most so many files at once from one server",
            "NUMBER",
        ),
    ),
)

CACHE = OptionGroup(
    "Cache",
    (
        # In this order `no-cache-dir` wins where one file or the variables name both, as in pip.
        Option(
            ("--cache-dir",),
            "cache_dir",
            PATH,
            "Keep the shared cache in this folder",
            "FOLDER",
            resets="no_cache",
        ),
        Option(
            ("--no-cache-dir", "--no-cache"),
            "no_cache",
            FLAG,
            "Use a temporary cache that is thrown away",
        ),
        Option(("--refresh",), "refresh", FLAG, "Ask indexes again about everything cached"),
        Option(
            ("--store-layer",),
            "store_layer",
            LIST,
            "Use what this cache has too, without ever writing to it",
            "FOLDER",
        ),
    ),
)

SHARED = (OUTPUT, NETWORK, CACHE, GENERAL)
"""What every command accepts, before its name or after it."""
