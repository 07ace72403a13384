"""Tiny networks and a tiny video of coloured squares, for runs of seconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from outrack.datasets import AnnotatedImage, Annotation, write_coco_vid
from outrack.models import CenterTrack, DenseMaps, DenseNetwork, Head
from outrack.models.heads import DenseHeads
from outrack.training import TrainingConfig, load_config
from outrack.training.config.training_config import ModelConfig, OptimiserConfig, ScheduleConfig
from outrack.training.data.data_config import DataConfig, SourceConfig

COLOURS = ((230, 40, 40), (40, 220, 60), (50, 60, 235), (240, 230, 30), (20, 20, 20), (240, 240, 240))


RECIPE = """
like: quick
schedule: {steps: 2, warmup: 0}
model: {architecture: tiny, init: null, width: 96, height: 64, embedding_dim: 16, hidden: 16, convolution: dense}
data: {pairs: 2, workers: 0, sources: [{path: squares}]}
validation: {sources: []}
"""
"""Takes seconds, on what `write_squares` wrote to `squares`."""


class TinyNetwork(DenseNetwork):
    """Four convolutions; honours the contract of every network."""

    architecture = "tiny"

    def __init__(self, heads: Sequence[Head]) -> None:
        super().__init__(heads)
        self.trunk = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=2, dilation=2),
            nn.ReLU(),
        )
        self.outputs = DenseHeads(self.heads, 32)

    def forward(self, images: Tensor) -> DenseMaps:
        maps: DenseMaps = self.outputs(self.trunk(images.float() / 127.5 - 1))
        return maps


class TinyNormalised(TinyNetwork):
    """With batch normalisation."""

    def __init__(self, heads: Sequence[Head]) -> None:
        super().__init__(heads)
        self.trunk.insert(1, nn.BatchNorm2d(16))


class TinyTwoFrame(DenseNetwork):
    """Three convolutions on the image, the frame before and who was where."""

    architecture = "tiny-two-frame"
    inputs = CenterTrack.inputs

    def __init__(self, heads: Sequence[Head]) -> None:
        super().__init__(heads)
        self.trunk = nn.Sequential(
            nn.Conv2d(7, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=2, dilation=2),
            nn.ReLU(),
        )
        self.outputs = DenseHeads(self.heads, 32)

    def forward(
        self, images: Tensor, previous_images: Tensor | None = None, previous_heat: Tensor | None = None
    ) -> DenseMaps:
        now = images.float() / 127.5 - 1
        before = now if previous_images is None else previous_images.float() / 127.5 - 1
        heat = torch.zeros_like(now[:, :1]) if previous_heat is None else previous_heat
        maps: DenseMaps = self.outputs(self.trunk(torch.cat((now, before, heat), 1)))
        return maps


def write_squares(
    folder: Path, *, num_frames: int = 8, rename: Callable[[int], int] | None = None, people: int = 3, scenes: int = 2
) -> Path:
    """Videos of coloured squares that walk to the right, as COCO-VID with identities 1..6, or what `rename` makes of
    them."""
    folder.mkdir(parents=True, exist_ok=True)
    images = []
    for scene in range(scenes):
        for frame in range(num_frames):
            pixels = np.full((64, 96, 3), 90 + 40 * scene, np.uint8)
            boxes = []
            for person in range(people):
                x, y = 6 + 3 * frame + 8 * person, 4 + 20 * person
                pixels[y : y + 18, x : x + 10] = COLOURS[person + 3 * scene]
                boxes.append([x, y, x + 10, y + 18])
            path = folder / f"{scene}-{frame:02d}.png"
            Image.fromarray(pixels).save(path)
            notes = Annotation.of_people(np.array(boxes, float).reshape(-1, 4))
            images.append(AnnotatedImage(path, 96, 64, replace(notes, ids=np.arange(people)), f"video{scene}", frame))
    labels = folder / "annotations.json"
    write_coco_vid(labels, images)
    if rename is not None:
        content = json.loads(labels.read_text())
        for box in content["annotations"]:
            box["track_id"] = box["instance_id"] = rename(box["instance_id"])
        labels.write_text(json.dumps(content))
    return folder


def tiny_config(data: Path, **changes: object) -> TrainingConfig:
    """A run of the tiny network on `data`, one process, no augmentation to speak of."""
    quick = load_config("quick", overrides={"augmentation.geometry.scale": "[0.9, 1.1]"})
    config = TrainingConfig(
        schedule=ScheduleConfig(steps=6, kind="cosine", warmup=2, save_every=3),
        model=ModelConfig(
            architecture="tiny", init=None, width=96, height=64, embedding_dim=16, hidden=16, convolution="dense"
        ),
        data=DataConfig(sources=(SourceConfig(path=str(data)),), pairs=2, workers=0, partners_detect=True),
        augmentation=quick.augmentation,
        loss=quick.loss,
        optimiser=OptimiserConfig(lr=1e-3, ema=0.9, clip=10.0),
    )
    return replace(config, **changes)  # type: ignore[arg-type]
