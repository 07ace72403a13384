"""Identities of all data as one numbering."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from outrack.datasets import AnnotatedImage, Annotation
from outrack.training.data.identities import number_identities


def image(ids: list[int] | None, *, video: str | None, people: int = 2) -> AnnotatedImage:
    boxes = np.tile([0.0, 0, 10, 20], (people, 1))
    notes = Annotation.of_people(boxes, None if ids is None else np.array(ids, np.int64))
    return AnnotatedImage(Path("image.png"), 64, 48, notes, video)


def test_the_same_number_in_two_videos_is_two_people() -> None:
    images = [image([1, 7], video="a"), image([7, 1], video="b"), image([7, 1], video="a")]
    numbered, free = number_identities(images, first=5)
    assert [one.annotation.ids.tolist() for one in numbered] == [[5, 6], [8, 7], [6, 5]]  # type: ignore[union-attr]
    assert free == 9
    assert images[0].annotation.ids is not None
    assert images[0].annotation.ids.tolist() == [1, 7], "the given images stay"


def test_the_same_number_in_two_videos_of_a_made_benchmark_is_one_person() -> None:
    numbered, free = number_identities([image([1, 7], video="a"), image([7, -1], video="b")], first=5, scope="source")
    assert [one.annotation.ids.tolist() for one in numbered] == [[5, 6], [6, -1]]  # type: ignore[union-attr]
    assert free == 7


def test_every_box_of_a_still_is_another_identity() -> None:
    numbered, free = number_identities([image(None, video=None), image([3, 3], video=None)])
    assert [one.annotation.ids.tolist() for one in numbered] == [[0, 1], [2, 3]]  # type: ignore[union-attr]
    assert free == 4


def test_unknown_people_of_videos_stay_unknown() -> None:
    numbered, free = number_identities([image(None, video="a"), image([-1, 4], video="b")])
    assert numbered[0].annotation.ids is None
    assert numbered[1].annotation.ids is not None
    assert numbered[1].annotation.ids.tolist() == [-1, 0]
    assert free == 1


def test_nothing_at_all() -> None:
    assert number_identities([], first=3) == ([], 3)
