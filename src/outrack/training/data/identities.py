"""Numbers the identities of all data of a run consecutively, only for the supervised baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from outrack.datasets import AnnotatedImage

__all__ = ["IdentityScope", "number_identities"]

IdentityScope = Literal["video", "source"]


def number_identities(
    images: Sequence[AnnotatedImage], *, first: int = 0, scope: IdentityScope = "video"
) -> tuple[list[AnnotatedImage], int]:
    """The same images with unique identities, numbered from `first`.

    `scope` says whether identities count within each video, or over all videos as in synthetic benchmarks. Every box of
    a still is a separate person, labelled or not: FairMOT's pseudo identities (notes#supervised-re-id). Boxes of videos
    without identities stay unknown.

    Returns:
        the images, and the first number that is free.
    """
    keys = sorted({(_place(image, scope), identity) for image in images for identity in _known(image)})
    numbers = {key: first + place for place, key in enumerate(keys)}
    free = first + len(numbers)
    numbered = []
    for image in images:
        if image.video is None:
            ids = np.arange(free, free + len(image.annotation))
            free += len(image.annotation)
        elif image.annotation.ids is None:
            numbered.append(image)
            continue
        else:
            place, given = _place(image, scope), image.annotation.ids.tolist()
            ids = np.array([numbers.get((place, identity), -1) for identity in given], np.int64)
        numbered.append(replace(image, annotation=replace(image.annotation, ids=ids)))
    return numbered, free


def _place(image: AnnotatedImage, scope: IdentityScope) -> str:
    """The scope within which an identity number means one person."""
    return image.video or "" if scope == "video" else ""


def _known(image: AnnotatedImage) -> list[int]:
    """Known identities of an image of a video."""
    ids = image.annotation.ids
    return [] if image.video is None or ids is None else [identity for identity in ids.tolist() if identity >= 0]
