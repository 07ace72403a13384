"""What a run writes about itself before its first step: the configuration and the data."""

from __future__ import annotations

import json
from pathlib import Path

from outrack.datasets import AnnotatedImage, fingerprint
from outrack.io.origin import origin_json
from outrack.training.config.config_file import dump_config
from outrack.training.config.training_config import TrainingConfig
from outrack.training.engine.schedule import RunLength

__all__ = ["num_identities", "write_description"]


def num_identities(images: list[AnnotatedImage]) -> int:
    """One more than the highest identity of the data; 0 without identities. Only for supervised Re-ID."""
    labels = [image.annotation for image in images if len(image.annotation)]
    return int(max((label.ids.max() for label in labels if label.ids is not None), default=-1)) + 1


def write_description(config: TrainingConfig, folder: Path, images: list[AnnotatedImage], length: RunLength) -> None:
    """Write `config.yaml` and `data.json` into the folder of a run.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(f"# {origin_json({})}\n{dump_config(config)}", encoding="utf-8")
    data = {
        "images": len(images),
        "boxes": sum(len(image.annotation) for image in images),
        "fingerprint": fingerprint(images),
        "steps_per_epoch": length.per_epoch,
        "steps": length.total,
    }
    (folder / "data.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
