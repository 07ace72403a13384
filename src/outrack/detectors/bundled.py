"""The bundled exported networks."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

__all__ = ["default_weights", "open_weights", "resolve_weights"]


def default_weights() -> Path:
    """The default network; its weights are for research."""
    return _bundled("default")


def open_weights() -> Path:
    """The bundled network for commercial use, by its training data (docs/model-card-open.md)."""
    return _bundled("open")


def resolve_weights(name: str | Path) -> Path:
    """The file of `name`: `default` and `open` are the bundled ones, everything else is a path."""
    return _bundled(str(name)) if str(name) in ("default", "open") else Path(name)


def _bundled(name: str) -> Path:
    return Path(str(resources.files("outrack") / "weights" / f"{name}.onnx"))
