"""Texts for users, kept word by word in `tests/goldens/`.

`pytest --update-goldens` writes them anew, which CI refuses: there a change must show in review.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "goldens"


class GoldenMismatch(AssertionError):
    """A text is not the one that was agreed on."""


class Goldens:
    """Compares texts with their files, or writes the files."""

    def __init__(self, update: bool, folder: Path = FOLDER):
        if update and os.environ.get("CI"):
            raise GoldenMismatch("goldens are not updated where CI is set")
        self.update = update
        self.folder = folder

    def check(self, name: str, text: str, **replaced: str | Path) -> None:
        """Compare a text with `<name>.txt`.

        Args:
            replaced: Word in the file -> what stands there in this run, such as a temporary path.
        """
        for word, value in sorted(replaced.items(), key=lambda pair: -len(str(pair[1]))):
            text = text.replace(str(value), f"[{word.upper()}]")
        path = self.folder / f"{name}.txt"
        if self.update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        if not path.exists():
            raise GoldenMismatch(
                f"{path} does not exist; `pytest --update-goldens` writes it:\n{text}"
            )
        known = path.read_text(encoding="utf-8")
        assert text == known
