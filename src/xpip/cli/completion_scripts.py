"""Scripts that have a shell ask `xpip completion --word N -- WORDS` for words."""

from __future__ import annotations

_BASH = """\
_xpip_completion()
{
    local word IFS=$'\\n'
    COMPREPLY=()
    while read -r word; do
        COMPREPLY+=("$word")
    done < <("${COMP_WORDS[0]}" completion --word "$COMP_CWORD" -- "${COMP_WORDS[@]}" 2>/dev/null)
}
complete -o default -o bashdefault -F _xpip_completion xpip
"""

_ZSH = """\
_xpip_completion() {
    local -a answers
    answers=("${(@f)$($words[1] completion --word $((CURRENT - 1)) -- "${words[@]}" 2>/dev/null)}")
    if [[ -n "$answers" ]]; then
        compadd -- "${answers[@]}"
    else
        _files
    fi
}
if [[ $funcstack[1] == _xpip ]]; then
    _xpip_completion "$@"
else
    compdef _xpip_completion xpip
fi
"""

_FISH = """\
function __xpip_completion
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    set -l typed (commandline --current-token --cut-at-cursor)
    xpip completion --word (count $before) -- $before "$typed" 2>/dev/null
end
complete --command xpip --arguments '(__xpip_completion)'
"""

_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName xpip -ScriptBlock {
    param($typed, $line, $position)
    $words = @($line.CommandElements | Where-Object { $_.Extent.StartOffset -lt $position } |
        ForEach-Object { $_.ToString() })
    if ($typed -eq '') { $words += '' }
    & xpip completion --word ($words.Count - 1) -- @words 2>$null | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH, "powershell": _POWERSHELL}


def completion_script(shell: str) -> str:
    """Return the script for `bash`, `zsh`, `fish` or `powershell`."""
    # In a folder of functions zsh looks at the first line of a file only.
    first = "#compdef xpip\n" if shell == "zsh" else ""
    return f"{first}# xpip {shell} completion start\n{_SCRIPTS[shell]}# xpip {shell} completion end"
