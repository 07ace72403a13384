"""From a position in the run to the network's batch: draw, augment, encode targets, stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from outrack.datasets import LabelledImage
from outrack.training.data.augment import Geometry, Warp, draw_geometry, draw_partner, warp_image
from outrack.training.data.batch_targets import ImageTargets, Targets, collate
from outrack.training.data.merging import large_pairs
from outrack.training.data.mosaic import Mosaics
from outrack.training.data.pairs import Mixture, Pair, generator
from outrack.training.data.photometric import Photometric, change_light, degrade
from outrack.training.data.target_encoder import TargetEncoder

__all__ = ["Augmentation", "Batch", "Collation", "Example", "Examples"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Augmentation of a pair.

    Attributes:
        geometry: ranges of the affine map; a positive pair shares it up to a perturbation
            (notes#input-and-augmentation).
        photometric: ranges of the changes of colour and quality, drawn separately for each image.
        mosaic: probability that a pair is made from four, see `outrack.training.data.mosaic`; 0 is the paper.
    """

    geometry: Geometry = field(default_factory=Geometry)
    photometric: Photometric = field(default_factory=Photometric)
    mosaic: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.mosaic <= 1:
            raise ValueError(f"augmentation.mosaic: expected a probability, got {self.mosaic}")

    def __call__(
        self, pair: Pair, canvas: tuple[int, int], rng: np.random.Generator
    ) -> tuple[LabelledImage, LabelledImage]:
        """Both images of `pair`, with their boxes, on a `canvas` of (width, height)."""
        first = draw_geometry(self.geometry, rng)
        second = draw_geometry(self.geometry, rng) if pair.negative else draw_partner(first, self.geometry, rng)
        return self._one(pair.current, first, canvas, rng), self._one(pair.previous, second, canvas, rng)

    def _one(
        self, image: LabelledImage, warp: Warp, canvas: tuple[int, int], rng: np.random.Generator
    ) -> LabelledImage:
        warped = warp_image(image, warp, canvas, change=lambda pixels: change_light(pixels, self.photometric, rng))
        return replace(warped, pixels=degrade(warped.pixels, self.photometric, rng))


class Example(NamedTuple):
    """One pair as the network will see it; the first entry of each field is the current image."""

    images: tuple[LabelledImage, LabelledImage]
    targets: tuple[ImageTargets, ImageTargets]
    negative: bool


class Examples(Dataset[Example]):
    """The run's examples by position.

    Args:
        mixture: where pairs come from.
        augmentation: augmentation of the pairs.
        targets: encodes their boxes; its size is the canvas.
        seed: seed of the augmentation.
    """

    def __init__(
        self, mixture: Mixture | Mosaics, augmentation: Augmentation, targets: TargetEncoder, *, seed: int = 0
    ) -> None:
        self.mixture = mixture
        self._augmentation = augmentation
        self._targets = targets
        self._seed = seed

    def __getitem__(self, draw: int) -> Example:
        """Example number `draw` of the run, always the same."""
        canvas = (self._targets.width, self._targets.height)
        pair = self.mixture.pair_at(draw)
        images = self._augmentation(pair, canvas, generator(self._seed, 1, draw))
        targets = (self._targets(images[0].annotation), self._targets(images[1].annotation))
        return Example(images, targets, pair.negative)


class Batch(NamedTuple):
    """The batch of one step of one process.

    Attributes:
        images: RGB 0..255, uint8 (2P, 3, H, W): the P current images, then their partners.
        targets: targets of the images.
        names: scene and frame of each image, for messages.
        scenes: a number for the scene of both images of each pair, int64 (P, 2), equal for one scene in all processes.
        negative: the pair shows two different scenes, bool (P,); in `targets` merged pairs count as one.
    """

    images: Tensor
    targets: Targets
    names: tuple[str, ...]
    scenes: Tensor
    negative: Tensor


@dataclass(frozen=True, slots=True)
class Collation:
    """Stacks examples into a batch.

    Attributes:
        partners_detect: detection and occlusion are learned from the partners too, not only from the current images
            (the official default).
        merge: up to this many positive pairs of different scenes count as one large pair, so that all people in them
            are negatives of each other; 1 keeps pairs separate (the paper).
    """

    partners_detect: bool = False
    merge: int = 1

    def __call__(self, examples: Sequence[Example]) -> Batch:
        """Stack `examples`."""
        images = [example.images[side] for side in (0, 1) for example in examples]
        scenes = [[image.scene for image in example.images] for example in examples]
        pair = large_pairs(scenes, [example.negative for example in examples], self.merge)
        negative = [False] * (max(pair) + 1)
        for number, example in zip(pair, examples, strict=True):
            negative[number] = example.negative
        return Batch(
            images=torch.from_numpy(np.stack([image.pixels for image in images])).permute(0, 3, 1, 2).contiguous(),
            targets=collate(
                [example.targets[side] for side in (0, 1) for example in examples],
                num_detection=len(images) if self.partners_detect else len(examples),
                pair=pair * 2,
                second=[side == 1 for side in (0, 1) for _ in examples],
                negative=negative,
            ),
            names=tuple(f"{image.scene} frame {image.frame}" for image in images),
            scenes=torch.tensor([[_scene_number(scene) for scene in both] for both in scenes]),
            negative=torch.tensor([example.negative for example in examples]),
        )


def _scene_number(scene: str) -> int:
    """The same in every process, and hardly ever that of another scene."""
    return int.from_bytes(blake2b(scene.encode(), digest_size=7).digest(), "big")
