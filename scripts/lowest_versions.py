"""Print the lowest version of every core dependency that pyproject.toml allows, as constraints for pip.

python scripts/lowest_versions.py > lowest.txt
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


BOUND = re.compile(r"([\w.-]+)\s*>=\s*([\d.]+)(?:\s*,[^;]*)?(?:;\s*python_version >= '(\d+)\.(\d+)')?")


def lowest_versions(project: str, python: tuple[int, int] = sys.version_info[:2]) -> list[str]:
    """`name==version` for each of `project.dependencies`; the last bound that holds for a Python counts.

    Args:
        project: the text of a pyproject.toml.
        python: major and minor version of the Python that installs them.

    Raises:
        ValueError: a dependency has no lower bound.
    """
    lowest = {}
    for dependency in tomllib.loads(project)["project"]["dependencies"]:
        bound = BOUND.fullmatch(dependency)
        if bound is None:
            raise ValueError(
                "pyproject.toml: expected a lower bound such as numpy>=2.0, or numpy>=2.1; python_version >= '3.13', "
                f"got {dependency!r}"
            )
        name, version, *needed = bound.groups()
        if None in needed or python >= tuple(map(int, needed)):
            lowest[name] = version
    return [f"{name}=={version}" for name, version in lowest.items()]


if __name__ == "__main__":
    print("\n".join(lowest_versions(PROJECT.read_text(encoding="utf-8"))))
