"""Recipes of the training runs for the rows of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from outrack.training import TrainingConfig, load_config

__all__ = ["load_recipe"]


def load_recipe(name: str, settings: Mapping[str, str]) -> TrainingConfig:
    """The recipe `name` of this folder with some settings changed, by dotted name, as YAML text.

    Raises:
        ValueError: a setting does not exist or has another type.
    """
    return load_config(
        Path(str(resources.files("outrack.experiments") / "recipes" / f"{name}.yaml")), overrides=settings
    )
