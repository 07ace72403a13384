"""Learning from boxes: targets, augmentation, pair sampling, the loop, checkpoints."""

from outrack.training.config.config_file import dump_config, load_config, preset_names
from outrack.training.config.training_config import TrainingConfig
from outrack.training.engine.loop import train
from outrack.training.engine.report import Report

__all__ = ["Report", "TrainingConfig", "dump_config", "load_config", "preset_names", "train"]
