"""Checks that a run can start, before its data are read, which may take long."""

from __future__ import annotations

from pathlib import Path

from outrack.io.atomic import check_writable
from outrack.training.config.training_config import TrainingConfig

__all__ = ["check_can_start"]


def check_can_start(config: TrainingConfig, folder: Path, *, resume: bool) -> None:
    """Refuse a run that cannot start.

    Args:
        config: settings of the run.
        folder: folder of its checkpoints.
        resume: whether it continues from a checkpoint there.

    Raises:
        FileExistsError: `folder` already contains a run, and `resume` is not set.
        FileNotFoundError: the checkpoint to resume, or the start weights, are missing.
        OSError: nothing can be written to `folder`.
    """
    state, init = folder / "last.pt", config.model.init
    if not resume and state.exists():
        raise FileExistsError(f"{folder}: already contains a run; resume it (--resume) or choose another folder")
    if resume and not state.exists():
        raise FileNotFoundError(f"{state}: no such checkpoint, so there is nothing to resume")
    check_writable(state)
    if init is not None and init not in ("coco", "default") and not Path(init).is_file():
        raise FileNotFoundError(f"{init}: no such weights file; expected a file, default, coco, or none")
