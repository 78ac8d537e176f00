"""Asks a person for a user name and a password."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.terminal.console import Console


class LoginPrompt:
    """Asks on the terminal, in pip's words; nothing goes to standard output."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def ask_username(self, host: str) -> str | None:
        """Return a user name, None for no answer."""
        return self._console.ask_aside(f"User for {host}:")

    def ask_password(self, host: str, username: str) -> str | None:
        """Return a password that was not shown, None for no answer."""
        known = f" of {username} for {host}" if username else ""
        return self._console.ask_secret(f"Password{known}:")

    def wants_saving(self) -> bool:
        """Say whether the keyring should remember."""
        answer = self._console.ask_aside("Save credentials to keyring [y/N]:")
        return (answer or "").lower() in ("y", "yes")


def ask_for_letter(console: Console, question: str, letters: str) -> str:
    """Return one of some letters; the last one stands for no answer.

    May be called by any thread.
    """
    shown = "/".join((*letters[:-1], letters[-1].upper()))
    while True:
        answer = console.ask_aside(f"{question} [{shown}]")
        if not answer:
            return letters[-1]
        if answer[0].lower() in letters:
            return answer[0].lower()
