"""The branch of appearance before anything is learned."""

from __future__ import annotations

import torch

from outrack.models.appearance.body import BODY, learned_at
from outrack.models.appearance.branch import AppearanceBranch


def test_people_are_told_apart_by_their_colours_before_anything_is_learned() -> None:
    picture = torch.full((1, 3, 128, 128), 120.0)
    boxes = torch.tensor([[[8.0, 16, 40, 112], [48, 16, 80, 112], [88, 16, 120, 112]]])
    for (x1, y1, x2, y2), shirt in zip(
        boxes[0].int().tolist(), ((200, 30, 40), (30, 60, 190), (200, 30, 40)), strict=True
    ):
        picture[0, :, y1:y2, x1:x2] = torch.tensor(shirt, dtype=torch.float32)[:, None, None]
    branch = AppearanceBranch(feature_channels=4)
    read = branch(picture, torch.zeros(1, 4, 32, 32))
    people = learned_at(read, torch.zeros(3, dtype=torch.int64), boxes[0], BODY)
    cosine = torch.nn.functional.normalize(people, dim=1) @ people[0] / people[0].norm()
    assert cosine[2] > 0.999
    assert cosine[1] < 0.3
