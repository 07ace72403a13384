"""Converts CenterTrack's COCO checkpoint (`coco_tracking.pth`, 80 classes) to one for people."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = ["only_people"]

NUM_CLASSES, PERSON = 80, 0
CENTRES, SIZE, SIDES = "hm.2.", "wh.", "ltrb_amodal."


def only_people(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of CenterTrack's COCO checkpoint with only the person's heat map; those of any other file are
    unchanged.

    It has no head for box sides, unlike the networks for MOT17, but one for width and height: the sides start at half
    of each from the integer centre. Until training has learned it, boxes lack the position of the centre within its
    cell, up to 4 pixels.
    """
    centres = tensors.get(f"{CENTRES}weight")
    is_coco = "tracking.0.weight" in tensors and centres is not None and len(centres) == NUM_CLASSES
    if not is_coco or f"{SIDES}0.weight" in tensors or f"{SIZE}2.weight" not in tensors:
        return dict(tensors)
    people = {
        name: value[PERSON : PERSON + 1] if name.startswith(CENTRES) else value
        for name, value in tensors.items()
        if not name.startswith(SIZE)
    }
    for name in (name for name in tensors if name.startswith(SIZE)):
        value = tensors[name]
        last = name.startswith(f"{SIZE}2.")
        people[SIDES + name.removeprefix(SIZE)] = torch.cat((-value / 2, value / 2)) if last else value
    return people
