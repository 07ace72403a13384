"""Training examples of networks that use the previous frame (CenterTrack): that frame, its objects, and the
displacement of each object (notes#centertrack-data)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from outrack.boxes import clip_xyxy, xyxy_to_cxcywh
from outrack.datasets import Annotation, LabelledImage
from outrack.detectors.centertrack import prior_heat
from outrack.training.data.batch_targets import ImageTargets, Targets, collate
from outrack.training.data.examples import Augmentation
from outrack.training.data.pairs import Mixture, generator
from outrack.training.data.target_encoder import TargetEncoder

__all__ = [
    "Displacements",
    "PriorNoise",
    "TwoFrameBatch",
    "TwoFrameExample",
    "TwoFrameExamples",
    "displacements",
    "stack_two_frame",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PriorNoise:
    """How the positions in the previous frame are perturbed, so that the network learns to tolerate tracking errors.

    Attributes:
        lost: probability that an object is omitted.
        doubled: probability that a shown object is shown a second time, nearby.
        jitter: standard deviation of the shown positions, relative to the box's width and height.
    """

    lost: float = 0.4
    doubled: float = 0.1
    jitter: float = 0.05

    def __post_init__(self) -> None:
        if not (0 <= self.lost <= 1 and 0 <= self.doubled <= 1 and self.jitter >= 0):
            got = f"{self.lost}, {self.doubled} and {self.jitter}"
            raise ValueError(f"prior: expected two probabilities and a jitter of 0 or more, got {got}")

    def __call__(self, xyxy: Floats, rng: np.random.Generator) -> Floats:
        """Perturbed boxes to show instead of `xyxy` (N, 4)."""
        n = len(xyxy)
        shift = rng.standard_normal((2, n, 2)) * self.jitter * (xyxy[:, 2:] - xyxy[:, :2])
        once, again = xyxy + np.tile(shift, 2)
        shown = rng.random(n) >= self.lost
        twice = shown & (rng.random(n) < self.doubled)
        return np.concatenate([once[shown], again[twice]])


class Displacements(NamedTuple):
    """Cells of people who were also in the previous frame.

    Attributes:
        image: row in the batch, int64 (N,).
        cell: flat cell of the centre, int64 (N,).
        offset: centre in the previous frame minus the cell, in cells, float32 (N, 2).
    """

    image: Tensor
    cell: Tensor
    offset: Tensor


class TwoFrameExample(NamedTuple):
    """One image and the previous one, as the network will see them.

    Attributes:
        image, previous: the two images on the canvas.
        heat: heat map of the previous objects, float32 (H, W).
        targets: targets of the current image.
        cell, offset: see `Displacements`.
    """

    image: LabelledImage
    previous: LabelledImage
    heat: NDArray[np.float32]
    targets: ImageTargets
    cell: Ints
    offset: Floats


class TwoFrameExamples(Dataset[TwoFrameExample]):
    """The run's examples by position.

    Args:
        mixture: where pairs come from: frames near in time in any order, and stills with themselves; no negative pairs.
        augmentation: how they are distorted.
        targets: encodes the boxes of the current image; its size is the canvas.
        noise: on the positions in the previous frame.
        seed: seed of augmentation and noise.
    """

    def __init__(
        self,
        mixture: Mixture,
        augmentation: Augmentation,
        targets: TargetEncoder,
        *,
        noise: PriorNoise,
        seed: int = 0,
    ) -> None:
        self.mixture = mixture
        self._augmentation = augmentation
        self._targets = targets
        self._noise = noise
        self._seed = seed

    def __getitem__(self, draw: int) -> TwoFrameExample:
        """Example number `draw` of the run, always the same.

        Raises:
            ValueError: the frames belong to one video, but have no identities.
        """
        canvas = (self._targets.width, self._targets.height)
        rng = generator(self._seed, 1, draw)
        image, previous = self._augmentation(self.mixture.pair_at(draw), canvas, rng)
        targets = self._targets(image.annotation)
        before = previous.annotation[~previous.annotation.ignore]
        shown = self._noise(clip_xyxy(before.xyxy, *canvas), rng)
        if before.ids is None and len(before):
            raise ValueError(
                f"{previous.scene}: a network that uses the previous frame learns the displacement of each object, "
                "which needs identities; use data with identities, or stills"
            )
        cell, offset = displacements(targets, before, self._targets)
        return TwoFrameExample(image, previous, prior_heat(shown, canvas), targets, cell, offset)


def displacements(now: ImageTargets, before: Annotation, encoder: TargetEncoder) -> tuple[Ints, Floats]:
    """Cells (N,) of the people in both frames, and their offsets (N, 2): previous centre minus current cell.

    The previous centre is that of the full box, even outside of the image: that is where the tracker will look for it.
    (The official code uses the clipped box.)
    """
    ids = np.empty(0, np.int64) if before.ids is None else before.ids
    same = (now.identity[:, None] == ids) & (now.identity[:, None] >= 0)  # (now, before)
    row, row_before = np.nonzero(same)
    cell = now.cell[row]
    at = np.stack([cell % encoder.map_width, cell // encoder.map_width], axis=1)
    return cell, xyxy_to_cxcywh(before.xyxy[row_before] / encoder.stride)[:, :2] - at


class TwoFrameBatch(NamedTuple):
    """The batch of one step of one process.

    Attributes:
        images, previous_images: RGB 0..255, uint8 (P, 3, H, W).
        previous_heat: float32 (P, 1, H, W).
        targets: targets of `images`.
        displacements: displacements of `images`.
        names: scene and frame of each image, for messages.
    """

    images: Tensor
    previous_images: Tensor
    previous_heat: Tensor
    targets: Targets
    displacements: Displacements
    names: tuple[str, ...]


def stack_two_frame(examples: Sequence[TwoFrameExample]) -> TwoFrameBatch:
    """Stack examples into a batch."""
    num = len(examples)
    counts = torch.tensor([len(example.cell) for example in examples])
    return TwoFrameBatch(
        images=_stacked([example.image for example in examples]),
        previous_images=_stacked([example.previous for example in examples]),
        previous_heat=torch.from_numpy(np.stack([example.heat for example in examples]))[:, None],
        targets=collate(
            [example.targets for example in examples],
            num_detection=num,
            pair=range(num),
            second=[False] * num,
            negative=[False] * num,
        ),
        displacements=Displacements(
            image=torch.repeat_interleave(torch.arange(num), counts),
            cell=torch.from_numpy(np.concatenate([example.cell for example in examples])),
            offset=torch.from_numpy(np.concatenate([example.offset for example in examples])).float(),
        ),
        names=tuple(f"{example.image.scene} frame {example.image.frame}" for example in examples),
    )


def _stacked(images: Sequence[LabelledImage]) -> Tensor:
    return torch.from_numpy(np.stack([image.pixels for image in images])).permute(0, 3, 1, 2).contiguous()
