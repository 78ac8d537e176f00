"""The scripts that make a shell use an environment.

Paths and prompts reach them quoted by the rules of each shell, so that nothing in a name is ever
executed (CVE-2024-53899 and CVE-2024-9287 were that). Where a shell expands its prompt each time it
is shown, what it would expand is taken out of the prompt's text; `VIRTUAL_ENV_PROMPT` keeps it.
"""

from __future__ import annotations

FORBIDDEN = {
    "\n": "a newline",
    "\r": "a carriage return",
    "\0": "a null character",
    ":": "a colon, which separates the folders of `PATH`",
}
"""Characters that no path of an environment may hold, with their names."""

_EXPANDED_IN_PROMPTS = str.maketrans(dict.fromkeys("$`\\%!\n\r\0", "_"))


def activation_scripts(path: str, prompt: str) -> tuple[tuple[str, str], ...]:
    """Return (file name in `bin`, text) of all scripts for an environment.

    Args:
        path: Absolute, without the characters of `FORBIDDEN`.
        prompt: What is shown in parentheses; on one line.
    """
    shown = f"({prompt}) ".translate(_EXPANDED_IN_PROMPTS)
    posix = {"path": quote_posix(path), "prompt": quote_posix(prompt), "shown": quote_posix(shown)}
    csh = {"path": quote_csh(path), "prompt": quote_csh(prompt), "shown": quote_csh(shown)}
    return (
        ("activate", _filled(_POSIX, posix)),
        ("activate.csh", _filled(_CSH, csh)),
        ("activate.fish", _filled(_FISH, {"path": quote_fish(path), "prompt": quote_fish(prompt)})),
        ("activate.nu", _filled(_NU, {"path": quote_nu(path), "prompt": quote_nu(prompt)})),
        ("Activate.ps1", _filled(_POWERSHELL, {"prompt": quote_powershell(prompt)})),
        ("activate_this.py", _filled(_PYTHON, {"prompt": ascii(prompt)})),
    )


def _filled(template: str, values: dict[str, str]) -> str:
    """Return the template with each `@@name@@` replaced, in one pass: values are not templates."""
    pieces = template.split("@@")
    pieces[1::2] = [values[name] for name in pieces[1::2]]
    return "".join(pieces)


def quote_posix(text: str) -> str:
    """Return a word of sh, bash, dash, ksh and zsh that stands for the text."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def quote_csh(text: str) -> str:
    """Return a word of csh and tcsh, which look for `!` even between single quotes."""
    return quote_posix(text).replace("!", "\\!")


def quote_fish(text: str) -> str:
    """Return a word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quote_nu(text: str) -> str:
    """Return a string of Nushell; only `$"..."` is interpolated there."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quote_powershell(text: str) -> str:
    """Return a string of PowerShell, which takes curly quotes for straight ones."""
    for quote in "'\u2018\u2019\u201a\u201b":
        text = text.replace(quote, quote + quote)
    return f"'{text}'"


_POSIX = """\
# Source this file from sh, bash, dash, ksh or zsh; `deactivate` undoes it.

deactivate () {
    if [ -n "${_OLD_VIRTUAL_PATH+set}" ]; then
        PATH="$_OLD_VIRTUAL_PATH"
        export PATH
        unset _OLD_VIRTUAL_PATH
    fi
    if [ -n "${_OLD_VIRTUAL_PYTHONHOME+set}" ]; then
        PYTHONHOME="$_OLD_VIRTUAL_PYTHONHOME"
        export PYTHONHOME
        unset _OLD_VIRTUAL_PYTHONHOME
    fi
    if [ -n "${_OLD_VIRTUAL_PS1+set}" ]; then
        PS1="$_OLD_VIRTUAL_PS1"
        unset _OLD_VIRTUAL_PS1
    fi
    # Shells remember where they found a program.
    hash -r 2>/dev/null || true
    unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT
    if [ "${1-}" != nondestructive ]; then
        unset -f deactivate
    fi
}

deactivate nondestructive

VIRTUAL_ENV=@@path@@
VIRTUAL_ENV_PROMPT=@@prompt@@
export VIRTUAL_ENV VIRTUAL_ENV_PROMPT

_OLD_VIRTUAL_PATH="${PATH-}"
PATH="$VIRTUAL_ENV/bin${PATH:+:$PATH}"
export PATH

if [ -n "${PYTHONHOME-}" ]; then
    _OLD_VIRTUAL_PYTHONHOME="$PYTHONHOME"
    unset PYTHONHOME
fi

if [ -z "${VIRTUAL_ENV_DISABLE_PROMPT-}" ]; then
    _OLD_VIRTUAL_PS1="${PS1-}"
    PS1=@@shown@@"${PS1-}"
fi

hash -r 2>/dev/null || true
"""

_CSH = """\
# Source this file from csh or tcsh; `deactivate` undoes it.

# Not `if`, which looks up variables of its command even when the command is not run.
alias deactivate 'test $?_OLD_VIRTUAL_PATH = 1 && setenv PATH "$_OLD_VIRTUAL_PATH:q"; \
unset _OLD_VIRTUAL_PATH; \
test $?_OLD_VIRTUAL_PROMPT = 1 && set prompt = "$_OLD_VIRTUAL_PROMPT:q"; \
unset _OLD_VIRTUAL_PROMPT; unsetenv VIRTUAL_ENV; unsetenv VIRTUAL_ENV_PROMPT; rehash; \
test "\\!:*" != "nondestructive" && unalias deactivate'

deactivate nondestructive

setenv VIRTUAL_ENV @@path@@
setenv VIRTUAL_ENV_PROMPT @@prompt@@

set _OLD_VIRTUAL_PATH = "$PATH:q"
setenv PATH "$VIRTUAL_ENV:q/bin:$PATH:q"

if (! $?VIRTUAL_ENV_DISABLE_PROMPT && $?prompt) then
    set _OLD_VIRTUAL_PROMPT = "$prompt:q"
    set prompt = @@shown@@"$prompt:q"
endif

rehash
"""

_FISH = """\
# Source this file from fish; `deactivate` undoes it.

function deactivate --description 'Leave the virtual environment'
    if set -q _OLD_VIRTUAL_PATH
        set -gx PATH $_OLD_VIRTUAL_PATH
        set -e _OLD_VIRTUAL_PATH
    end
    if set -q _OLD_VIRTUAL_PYTHONHOME
        set -gx PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME
        set -e _OLD_VIRTUAL_PYTHONHOME
    end
    if functions -q _old_fish_prompt
        functions -e fish_prompt
        functions -c _old_fish_prompt fish_prompt
        functions -e _old_fish_prompt
    end
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    if test "$argv[1]" != nondestructive
        functions -e _virtual_env_status
        functions -e deactivate
    end
end

deactivate nondestructive

set -gx VIRTUAL_ENV @@path@@
set -gx VIRTUAL_ENV_PROMPT @@prompt@@

set -g _OLD_VIRTUAL_PATH $PATH
set -gx PATH "$VIRTUAL_ENV/bin" $PATH

if set -q PYTHONHOME
    set -g _OLD_VIRTUAL_PYTHONHOME $PYTHONHOME
    set -e PYTHONHOME
end

if test -z "$VIRTUAL_ENV_DISABLE_PROMPT"; and functions -q fish_prompt
    function _virtual_env_status
        return $argv[1]
    end
    functions -c fish_prompt _old_fish_prompt
    function fish_prompt
        set -l last_status $status
        printf '(%s) ' $VIRTUAL_ENV_PROMPT
        _virtual_env_status $last_status
        _old_fish_prompt
    end
end
"""

_NU = """\
# From Nushell: `overlay use activate.nu`; `deactivate` undoes it.

export-env {
    let virtual_env = @@path@@
    let virtual_env_prompt = @@prompt@@
    let path_text = (($env.PATH | describe) == "string")
    let old_path = (if $path_text { $env.PATH | split row (char esep) } else { $env.PATH })
    let old_prompt = ($env.PROMPT_COMMAND? | default "")
    load-env {
        VIRTUAL_ENV: $virtual_env
        VIRTUAL_ENV_PROMPT: $virtual_env_prompt
        PATH: ($old_path | prepend ($virtual_env | path join "bin"))
    }
    if (($env.VIRTUAL_ENV_DISABLE_PROMPT? | default "") | is-empty) {
        load-env {
            PROMPT_COMMAND: {||
                let has_code = (($old_prompt | describe) == "closure")
                let rest = (if $has_code { do $old_prompt } else { $old_prompt })
                "(" + $virtual_env_prompt + ") " + $rest
            }
        }
    }
}

export alias deactivate = overlay hide activate
"""

_POWERSHELL = """\
# From PowerShell: `. Activate.ps1`; `deactivate` undoes it.

function global:deactivate ([switch]$NonDestructive) {
    if (Test-Path variable:_OLD_VIRTUAL_PATH) {
        $env:PATH = $global:_OLD_VIRTUAL_PATH
        Remove-Variable _OLD_VIRTUAL_PATH -Scope Global
    }
    if (Test-Path variable:_OLD_VIRTUAL_PYTHONHOME) {
        $env:PYTHONHOME = $global:_OLD_VIRTUAL_PYTHONHOME
        Remove-Variable _OLD_VIRTUAL_PYTHONHOME -Scope Global
    }
    if (Test-Path function:_old_virtual_prompt) {
        Copy-Item function:_old_virtual_prompt function:prompt
        Remove-Item function:_old_virtual_prompt
    }
    Remove-Item env:VIRTUAL_ENV -ErrorAction SilentlyContinue
    Remove-Item env:VIRTUAL_ENV_PROMPT -ErrorAction SilentlyContinue
    if (-not $NonDestructive) {
        Remove-Item function:deactivate
    }
}

deactivate -NonDestructive

$env:VIRTUAL_ENV = Split-Path -Parent $PSScriptRoot
$env:VIRTUAL_ENV_PROMPT = @@prompt@@

$global:_OLD_VIRTUAL_PATH = $env:PATH
$env:PATH = $PSScriptRoot + [System.IO.Path]::PathSeparator + $env:PATH

if (Test-Path env:PYTHONHOME) {
    $global:_OLD_VIRTUAL_PYTHONHOME = $env:PYTHONHOME
    Remove-Item env:PYTHONHOME
}

if (-not $env:VIRTUAL_ENV_DISABLE_PROMPT) {
    function global:_old_virtual_prompt { "" }
    Copy-Item function:prompt function:_old_virtual_prompt
    function global:prompt {
        Write-Host -NoNewline ("(" + $env:VIRTUAL_ENV_PROMPT + ") ")
        _old_virtual_prompt
    }
}
"""

_PYTHON = '''\
"""Make a running interpreter use this environment.

    import runpy
    runpy.run_path("bin/activate_this.py")

Only what is imported afterwards comes from the environment.
"""

import os
import site
import sys

scripts = os.path.dirname(os.path.abspath(__file__))
prefix = os.path.dirname(scripts)
os.environ["PATH"] = os.pathsep.join([scripts] + os.environ.get("PATH", "").split(os.pathsep))
os.environ["VIRTUAL_ENV"] = prefix
os.environ["VIRTUAL_ENV_PROMPT"] = @@prompt@@

version = "python%d.%d" % sys.version_info[:2] + getattr(sys, "abiflags", "").replace("d", "")
known = len(sys.path)
site.addsitedir(os.path.join(prefix, "lib", version, "site-packages"))
sys.path[:] = sys.path[known:] + sys.path[:known]
sys.real_prefix = sys.prefix
sys.prefix = sys.exec_prefix = prefix
'''
