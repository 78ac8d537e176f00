"""The long options of pip, so that what is short for one of them in pip is so here too.

xpip has more options, and a beginning that fits one of pip's and some of those means pip's.
"""

from __future__ import annotations

_NAMES = """
    abi algorithm all all-releases bash break-system-packages build-constraint cache-dir
    cert check-build-dependencies client-cert compile config-settings constraint debug
    default-timeout dest destination-dir destination-directory disable-pip-version-check
    dry-run editable editor exclude exclude-editable exists-action extra-index-url files
    find-links fish force-reinstall format global group help ignore-installed
    ignore-requires-python implementation include-editable index-url isolated json
    keyring-provider local local-log log log-file no-binary no-build-isolation no-cache-dir
    no-clean no-color no-compile no-dependencies no-deps no-index no-input no-proxy-env
    no-python-version-warning no-require-hashes no-user no-verify no-warn-conflicts
    no-warn-script-location not-required only-binary only-dependencies only-deps only-final
    outdated output path platform powershell pre prefer-binary prefix progress-bar proxy
    pypi-url python python-version quiet refresh-package report require-hashes require-venv
    require-virtualenv requirement resume-retries retries root root-user-action site source
    source-dir source-directory src target timeout trusted-host upgrade upgrade-strategy
    uploaded-prior-to uptodate use-deprecated use-feature use-pep517 user verbose wheel-dir
    yes zsh
"""  # pip 26.3; without `requirements-from-script`, so that `--requirem` keeps its old meaning, and
# without `index` of the command `search`

PIP_SPELLINGS = frozenset(f"--{name}" for name in _NAMES.split())
