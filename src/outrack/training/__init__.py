"""Learning from boxes: targets, augmentation, pair sampling, the loop, checkpoints.

The public names are loaded on first use, so that parts that need only torch run without a video library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outrack.training.config.config_file import dump_config, load_config, preset_names
    from outrack.training.config.training_config import TrainingConfig
    from outrack.training.engine.loop import train
    from outrack.training.engine.report import Report

__all__ = ["Report", "TrainingConfig", "dump_config", "load_config", "preset_names", "train"]

_HOMES = {
    "Report": "outrack.training.engine.report",
    "TrainingConfig": "outrack.training.config.training_config",
    "dump_config": "outrack.training.config.config_file",
    "load_config": "outrack.training.config.config_file",
    "preset_names": "outrack.training.config.config_file",
    "train": "outrack.training.engine.loop",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'outrack.training' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
