"""Provenance of outputs: version and commit of outrack, and versions of the loaded packages."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from outrack import __version__

__all__ = ["commit", "made_by", "origin_json", "versions"]

_PACKAGES = {
    **{name: name for name in ("numpy", "scipy", "onnxruntime", "openvino", "av", "torch", "onnx")},
    "PIL": "pillow",
}
"""Modules that affect results, and the packages that contain them."""


@cache
def commit() -> str:
    """Commit of the source tree that this package runs from, with `-dirty` where files differ from it.

    Empty for an installed package, which has a version instead, and if git is missing or fails.
    """
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        found = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=10, text=True, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()


def made_by() -> str:
    """For instance `outrack 0.2.0`, with the commit if known."""
    return f"outrack {__version__}" + (f" (commit {commit()})" if commit() else "")


def versions() -> dict[str, str]:
    """Versions of outrack, with its commit if known, of Python, and of the packages that this process loaded."""
    found = {"outrack": __version__, "commit": commit(), "python": platform.python_version()}
    for module, package in _PACKAGES.items():
        if module in sys.modules:
            try:
                found[package] = version(package)
            except PackageNotFoundError:  # a module next to the program, or a build without metadata
                continue
    return {name: value for name, value in found.items() if value}


def origin_json(settings: Mapping[str, object]) -> str:
    """Versions and settings as one line of JSON, for files that can store a text."""
    return json.dumps({"made_by": versions(), "settings": dict(settings)}, separators=(",", ":"), default=str)
