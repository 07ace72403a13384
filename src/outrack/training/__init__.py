"""Learning from boxes: targets, augmentation, pair sampling, the loop, checkpoints."""

from outrack.training.config import TrainingConfig
from outrack.training.config_file import dump_config, load_config, preset_names
from outrack.training.export_run import export_run
from outrack.training.loop import Report, train

__all__ = ["Report", "TrainingConfig", "dump_config", "export_run", "load_config", "preset_names", "train"]
