"""Pictures of a written dataset: linked, copied, or left in place."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import Literal

__all__ = ["Placing", "place_picture", "safe_name"]

Placing = Literal["link", "copy", "none"]


def place_picture(source: Path | None, target: Path, placing: Placing) -> bool:
    """Put a picture into a dataset, as a symbolic link or as a copy; an existing one is kept.

    Returns:
        Whether there is a picture at `target` now. A system without symbolic links gets a copy.
    """
    if source is None or placing == "none":
        return False
    if target.exists():
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    if placing == "link":
        try:
            target.symlink_to(source.resolve())
        except OSError:
            shutil.copyfile(source, target)
    else:
        shutil.copyfile(source, target)
    return True


def safe_name(name: str) -> PurePosixPath:
    """A file name from a label file, made safe: neither absolute nor with steps upwards."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    return PurePosixPath(*parts) if parts else PurePosixPath("picture")
