"""Targets of a batch: cells of objects, occlusions and people, collated from the targets of its images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["ImageTargets", "Objects", "Occlusions", "People", "Targets", "collate"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Objects(NamedTuple):
    """Cells where box and offset are supervised.

    Attributes:
        image: row in the batch, int64 (N,).
        cell: flat cell of the centre, int64 (N,).
        ltrb: distances from the centre to the sides of the full box, in cells, float32 (N, 4).
        offset: centre minus its cell, in cells, float32 (N, 2).
    """

    image: Tensor
    cell: Tensor
    ltrb: Tensor
    offset: Tensor


class Occlusions(NamedTuple):
    """Cells of occlusion centres (paper Eq. 9).

    Attributes:
        image: row in the batch, int64 (K,).
        cell: flat cell, int64 (K,).
        offset: occlusion centre minus its cell, in cells, float32 (K, 2) (paper Eq. 13).
    """

    image: Tensor
    cell: Tensor
    offset: Tensor


class People(NamedTuple):
    """Cells where the embedding is read.

    Attributes:
        image: row in the batch, int64 (N,).
        cell: flat cell of the centre, int64 (N,).
        xyxy: box in cells, float32 (N, 4), for networks that read the embedding at several points of the body.
        pair: which pair the person belongs to, int64 (N,).
        second: the person is in the pair's second image, bool (N,).
        identity: identity number, int64 (N,), -1 if unknown. Only for the supervised baseline.
    """

    image: Tensor
    cell: Tensor
    xyxy: Tensor
    pair: Tensor
    second: Tensor
    identity: Tensor


class Targets(NamedTuple):
    """Targets of a batch of P pairs; images 0..P-1 are the current ones, P..2P-1 their partners.

    Attributes:
        centres: heat maps of object centres of the first S images, float32 (S, K, h, w); S is P or 2P.
        occlusion: heat maps of occlusion centres, float32 (S, 1, h, w) (paper Eq. 11).
        ignore, occlusion_ignore: cells that the losses of `centres` and of `occlusion` ignore, bool (S, 1, h, w).
        objects, occlusions: supervised cells of the first S images.
        people: cells of all 2P images where the embedding is read.
        negative: the pair shows two different scenes, bool (P,).
    """

    centres: Tensor
    occlusion: Tensor
    ignore: Tensor
    occlusion_ignore: Tensor
    objects: Objects
    occlusions: Occlusions
    people: People
    negative: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class ImageTargets:
    """Targets of one image as NumPy arrays; the fields are those of `Targets` without the batch.

    `identity` is that of the person at each `cell`, -1 if unknown; displacements are computed from it.
    """

    centres: NDArray[np.float32]
    occlusion: NDArray[np.float32]
    ignore: NDArray[np.bool_]
    occlusion_ignore: NDArray[np.bool_]
    cell: Ints
    ltrb: Floats
    offset: Floats
    identity: Ints
    occlusion_cell: Ints
    occlusion_offset: Floats
    person_cell: Ints
    person_xyxy: Floats
    person_identity: Ints


def collate(
    images: Sequence[ImageTargets],
    *,
    num_detection: int,
    pair: Sequence[int],
    second: Sequence[bool],
    negative: Sequence[bool],
) -> Targets:
    """Targets of a batch, from those of its images.

    Args:
        images: targets of each image.
        num_detection: number of leading images that supervise detection and occlusion.
        pair: number of the pair that each image belongs to; more than two images with one number are a large pair.
        second: whether each image is a partner.
        negative: for each pair number, whether it shows different scenes.
    """
    shown = images[:num_detection]
    people = [len(image.person_cell) for image in images]
    return Targets(
        centres=torch.from_numpy(np.stack([image.centres for image in shown])),
        occlusion=torch.from_numpy(np.stack([image.occlusion for image in shown])),
        ignore=torch.from_numpy(np.stack([image.ignore for image in shown])),
        occlusion_ignore=torch.from_numpy(np.stack([image.occlusion_ignore for image in shown])),
        objects=Objects(
            image=_repeat(range(len(shown)), [len(image.cell) for image in shown]),
            cell=_joined([image.cell for image in shown], torch.int64),
            ltrb=_joined([image.ltrb for image in shown], torch.float32),
            offset=_joined([image.offset for image in shown], torch.float32),
        ),
        occlusions=Occlusions(
            image=_repeat(range(len(shown)), [len(image.occlusion_cell) for image in shown]),
            cell=_joined([image.occlusion_cell for image in shown], torch.int64),
            offset=_joined([image.occlusion_offset for image in shown], torch.float32),
        ),
        people=People(
            image=_repeat(range(len(images)), people),
            cell=_joined([image.person_cell for image in images], torch.int64),
            xyxy=_joined([image.person_xyxy for image in images], torch.float32),
            pair=_repeat(pair, people),
            second=_repeat(second, people).bool(),
            identity=_joined([image.person_identity for image in images], torch.int64),
        ),
        negative=torch.tensor(list(negative), dtype=torch.bool),
    )


def _repeat(values: Sequence[int] | Sequence[bool] | range, counts: list[int]) -> Tensor:
    return torch.repeat_interleave(torch.tensor(list(values), dtype=torch.int64), torch.tensor(counts))


def _joined(arrays: Sequence[NDArray[np.generic]], dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(np.concatenate(arrays)).to(dtype)
