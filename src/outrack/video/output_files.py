"""The files that the outputs of a run name for one source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from outrack.video.address import shown_address

__all__ = ["NAME", "files_for", "is_folder", "listed_outputs"]

NAME = "{name}"
"""Stands for the source's name in the name of an output."""


def listed_outputs(outputs: object) -> tuple[str | Path, ...]:
    """One output or several, as several.

    Raises:
        TypeError: it is something else.
        ValueError: one is an address.
    """
    listed = (outputs,) if isinstance(outputs, str | Path) else outputs
    if isinstance(listed, Sequence) and all(isinstance(output, str | Path) for output in listed):
        for output in listed:
            if isinstance(output, str) and "://" in output:
                raise ValueError(
                    f"outputs: expected local files or folders, got the address {shown_address(output)}. Only the "
                    "command line (`outrack track -o`) writes to object stores"
                )
        return tuple(listed)
    raise TypeError(f"outputs: expected a file, a folder, or a list of these, got {outputs!r:.60}")


def files_for(outputs: Sequence[str | Path], name: str) -> tuple[Path, ...]:
    """The files to write for a source called `name`: that name for `{name}`, and `<name>.txt` in a folder.

    Raises:
        ValueError: an output is the empty text, or begins with ~, which only shells replace by the home folder.
    """
    files = []
    for output in outputs:
        if output == "":
            raise ValueError("outputs: expected the name of a file or folder, got ''")
        if Path(output).parts[:1] == ("~",) and not Path("~").exists():
            home = Path(output).expanduser()
            raise ValueError(f"outputs: ~ in {output} would be a folder of that name; write {home}")
        text = str(output).replace(NAME, name)
        folder = is_folder(output) or Path(text).is_dir()
        files.append(Path(text) / f"{name}.txt" if folder else Path(text))
    return tuple(files)


def is_folder(output: str | Path) -> bool:
    """Whether an output names a folder: it exists as such, or ends in a slash."""
    return str(output).endswith(("/", "\\")) or Path(output).is_dir()
