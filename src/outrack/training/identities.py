"""Identities of all data of a run as one numbering, for the supervised baseline alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from outrack.datasets import AnnotatedImage

__all__ = ["number_identities"]


def number_identities(images: Sequence[AnnotatedImage], *, first: int = 0) -> tuple[list[AnnotatedImage], int]:
    """The same images with identities that no two people share, from `first` on.

    Datasets count identities within each video. Every box of a still is a person of its own, labelled or not: FairMOT's
    pseudo identities (facts 2.3). Boxes of videos without identities stay unknown.

    Returns:
        the images, and the first number that is free.
    """
    in_videos = [image for image in images if image.video is not None]
    keys = sorted({(image.video, identity) for image in in_videos for identity in _known(image)})
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
            video, given = image.video, image.annotation.ids.tolist()
            ids = np.array([numbers.get((video, identity), -1) for identity in given], np.int64)
        numbered.append(replace(image, annotation=replace(image.annotation, ids=ids)))
    return numbered, free


def _known(image: AnnotatedImage) -> list[int]:
    ids = image.annotation.ids
    return [] if ids is None else [identity for identity in ids.tolist() if identity >= 0]
