"""The bundled exported network."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

__all__ = ["default_weights", "resolve_weights"]


def default_weights() -> Path:
    """The bundled network."""
    return Path(str(resources.files("outrack") / "weights" / "default.onnx"))


def resolve_weights(name: str | Path) -> Path:
    """The file that `name` means: `default` is the bundled one, everything else a path."""
    return default_weights() if str(name) == "default" else Path(name)
