"""Print the lowest version of every core dependency that pyproject.toml allows, as constraints for pip.

python scripts/lowest_versions.py > lowest.txt
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def lowest_versions(project: str) -> list[str]:
    """`name==version` for each of `project.dependencies`.

    Args:
        project: the text of a pyproject.toml.

    Raises:
        ValueError: a dependency has no lower bound.
    """
    pins = []
    for dependency in tomllib.loads(project)["project"]["dependencies"]:
        bound = re.fullmatch(r"([\w.-]+)\s*>=\s*([\d.]+)(?:\s*,.*)?", dependency)
        if bound is None:
            raise ValueError(f"pyproject.toml: expected a lower bound such as numpy>=2.0, got {dependency!r}")
        pins.append(f"{bound[1]}=={bound[2]}")
    return pins


if __name__ == "__main__":
    print("\n".join(lowest_versions(PROJECT.read_text(encoding="utf-8"))))
