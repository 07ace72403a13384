"""Targets of a few boxes, computed by hand. Input 64 x 32, stride 4: a map of 16 x 8 cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from outrack.datasets import Annotation
from outrack.training.data.batch_targets import ImageTargets, collate
from outrack.training.data.target_encoder import TargetEncoder

ENCODER = TargetEncoder(64, 32)


def people(*xyxy: tuple[float, float, float, float], **fields: object) -> Annotation:
    notes = Annotation.of_people(np.array(xyxy, float).reshape(-1, 4))
    return replace(notes, **{name: np.array(value) for name, value in fields.items()})


def test_one_box() -> None:
    made = ENCODER(people((10, 6, 24, 26)))  # centre (17, 16) pixels = (4.25, 4) cells
    assert made.cell.tolist() == [4 * 16 + 4]
    np.testing.assert_allclose(made.offset, [[0.25, 0.0]])
    np.testing.assert_allclose(made.ltrb, [[1.75, 2.5, 1.75, 2.5]])
    assert made.centres.shape == (1, 8, 16)
    assert made.centres[0, 4, 4] == 1
    assert (made.centres == 1).sum() == 1
    # ceil(5) x ceil(3.5) cells: radius int(1.22) = 1, sigma 3 / 6
    assert made.centres[0, 4, 5] == pytest.approx(np.exp(-2))
    assert made.centres[0, 4, 6] == 0
    assert made.person_identity.tolist() == [-1]


def test_a_box_decodes_back_wherever_it_is() -> None:
    xyxy = np.array([[10, 6, 24, 26], [-30, 3, 6, 31], [50, -8, 90, 60], [70, 2, 80, 20]], float)
    made = ENCODER(Annotation.of_people(xyxy))
    cells = np.stack([made.cell % 16, made.cell // 16], axis=1)
    assert ((cells >= 0) & (cells < (16, 8))).all()
    centre = cells + made.offset
    np.testing.assert_allclose(np.hstack([centre - made.ltrb[:, :2], centre + made.ltrb[:, 2:]]) * 4, xyxy)


def test_people_outside_are_supervised_at_the_border() -> None:
    made = ENCODER(people((-40, 0, -8, 32), (70, 20, 80, 60)))
    assert made.cell.tolist() == [4 * 16 + 0, 7 * 16 + 15]
    np.testing.assert_allclose(made.offset, 0)
    np.testing.assert_allclose(made.ltrb[0], [10, 4, -2, 4])


def test_who_is_cut_off_can_be_detected_at_the_middle_of_what_is_seen() -> None:
    cut = people((10, 8, 22, 72), (-10, 4, 6, 28))  # seen: (10, 8, 22, 32) and (0, 4, 6, 28)
    at_body, at_seen = ENCODER(cut), replace(ENCODER, centre="seen")(cut)
    assert at_body.cell.tolist() == [7 * 16 + 4, 4 * 16 + 0]
    assert at_seen.cell.tolist() == [5 * 16 + 4, 4 * 16 + 0]
    np.testing.assert_allclose(at_seen.offset, [[0, 0], [0.75, 0]])
    np.testing.assert_allclose(at_seen.ltrb, [[1.5, 3, 1.5, 13], [3.25, 3, 0.75, 3]])  # of the whole body
    inside = people((10, 6, 24, 26))
    np.testing.assert_array_equal(replace(ENCODER, centre="seen")(inside).centres, ENCODER(inside).centres)


def test_the_place_of_who_is_hardly_in_the_image_is_ignored() -> None:
    made = replace(ENCODER, centre="seen")(people((-30, 4, 6, 28), (20, 28, 32, 60), (40, 4, 48, 28)))
    assert made.cell.tolist() == [4 * 16 + 11]  # of the others a sixth of the width and an eighth of the height
    assert made.ignore[0, 1:7, 0].all()
    assert made.ignore[0, 7, 5:8].all()
    assert made.ignore.sum() == 6 * 2 + 3


def test_ignored_boxes_are_neither_objects_nor_background() -> None:
    made = ENCODER(people((0, 0, 20, 20), (18, 6, 30, 20), (40, 4, 52, 28), ignore=[True, False, False]))
    assert len(made.cell) == 2
    assert len(made.person_cell) == 2
    assert made.ignore[0, 0, 0]
    assert not made.ignore[0, 0, 6]
    assert not made.ignore[0, 6, 0]
    assert made.ignore.sum() == 25 - (made.centres[0, :5, :5] > 0).sum()  # 20 x 20 pixels are 5 x 5 cells
    assert not made.ignore[made.centres > 0].any()


def test_other_classes_are_left_out() -> None:
    made = ENCODER(people((10, 6, 24, 26), (30, 6, 44, 26), class_ids=[1, 0]))
    assert made.cell.tolist() == [4 * 16 + 9]


def test_an_occlusion_is_marked_at_the_centre_of_the_overlap() -> None:
    # The second box lies inside the first but for a fifth of its width: overlap (24..32, 8..28) covers 0.8 of it.
    made = ENCODER(people((8, 4, 32, 32), (24, 8, 34, 28)))
    assert made.occlusion_cell.tolist() == [4 * 16 + 7]  # centre (28, 18) = (7, 4.5) cells
    np.testing.assert_allclose(made.occlusion_offset, [[0, 0.5]])
    assert made.occlusion[0, 4, 7] == 1
    assert (made.occlusion == 1).sum() == 1
    assert len(replace(ENCODER, occlusion_threshold=0.85)(people((8, 4, 32, 32), (24, 8, 34, 28))).occlusion_cell) == 0


def test_ignored_people_occlude_no_one() -> None:
    made = ENCODER(people((8, 4, 32, 32), (24, 8, 34, 28), ignore=[False, True]))
    assert len(made.occlusion_cell) == 0
    assert made.occlusion.max() == 0


def test_occlusions_outside_the_map_are_cut_or_skipped() -> None:
    made = ENCODER(people((-40, -40, 8, 8), (-38, -38, 6, 6)))
    assert (made.occlusion_cell >= 0).all()
    assert (made.occlusion_cell < 128).all()


def test_of_people_in_one_cell_the_nearest_lends_the_embedding() -> None:
    made = ENCODER(people((10, 6, 24, 26), (9, 4, 25, 29), (40, 4, 52, 28), ids=[5, 6, 7]))
    assert made.cell[0] == made.cell[1]
    assert sorted(made.person_identity.tolist()) == [6, 7]
    np.testing.assert_allclose(made.person_xyxy[0], np.array([9, 4, 25, 29]) / 4)


def test_hidden_people_teach_no_appearance_but_are_detected() -> None:
    encoder = replace(ENCODER, min_visibility=0.3)
    made = encoder(people((10, 6, 24, 26), (40, 4, 52, 28), visibility=[0.2, 0.3], ids=[1, 2]))
    assert len(made.cell) == 2
    assert made.person_identity.tolist() == [2]


def test_the_places_of_the_hidden_and_of_their_occlusions_are_ignored() -> None:
    crowd = people((8, 4, 32, 32), (24, 8, 34, 28), (9, 5, 30, 32), visibility=[1.0, 0.05, 0.1])
    made = replace(ENCODER, hidden_below=0.1)(crowd)
    assert len(made.cell) == len(made.ltrb) == len(made.offset) == 2
    assert made.ignore[0, 4, 7]
    assert made.centres[0, 4, 7] == 0
    assert made.occlusion_ignore[0, 4, 7]
    assert made.occlusion[0, 4, 7] == 0
    visible_too = ENCODER(crowd)
    assert not visible_too.occlusion_ignore.any()
    assert visible_too.occlusion[0, 4, 7] == 1
    # The third person is visible enough, and what he and the first hide of each other counts.
    assert len(made.occlusion_cell) == 1
    assert len(visible_too.occlusion_cell) == 2


def test_more_than_500_people_are_all_supervised() -> None:
    """The 500 that a network gives at most are no limit of what it learns from."""
    columns, rows = np.meshgrid(np.arange(40), np.arange(16))
    corner = np.stack([columns.ravel() * 8, rows.ravel() * 20], axis=1).astype(float)
    made = TargetEncoder(320, 320)(Annotation.of_people(np.hstack([corner, corner + np.array([8, 24])])))
    assert len(made.cell) == len(np.unique(made.cell)) == len(made.ltrb) == len(made.person_cell) == 640
    assert (made.centres == 1).sum() == 640
    batch = collate([made, made], num_detection=2, pair=[0, 0], second=[False, True], negative=[False])
    assert len(batch.objects.cell) == len(batch.people.cell) == 1280


def test_no_people() -> None:
    made = ENCODER(people())
    assert made.centres.max() == 0
    assert not made.ignore.any()
    batch = collate([made, made], num_detection=1, pair=[0, 0], second=[False, True], negative=[False])
    assert batch.objects.ltrb.shape == (0, 4)
    assert batch.people.xyxy.shape == (0, 4)
    assert batch.occlusions.offset.shape == (0, 2)


def test_no_change_of_identity_changes_anything_else() -> None:
    def arrays(made: ImageTargets) -> list[np.ndarray]:
        names = set(ImageTargets.__slots__) - {"identity", "person_identity"}
        return [getattr(made, name) for name in sorted(names)]

    xyxy = [(10, 6, 24, 26), (9, 4, 25, 29), (40, 4, 52, 28)]
    for a, b in zip(arrays(ENCODER(people(*xyxy, ids=[1, 2, 3]))), arrays(ENCODER(people(*xyxy))), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_batch_knows_whose_cell_is_whose() -> None:
    one, two = ENCODER(people((10, 6, 24, 26))), ENCODER(people((10, 6, 24, 26), (40, 4, 52, 28)))
    batch = collate(
        [one, two, two, one],
        num_detection=2,
        pair=[0, 1, 0, 1],
        second=[False, False, True, True],
        negative=[False, True],
    )
    assert batch.centres.shape == (2, 1, 8, 16)
    assert batch.ignore.dtype == torch.bool
    assert batch.objects.image.tolist() == [0, 1, 1]
    assert batch.people.image.tolist() == [0, 1, 1, 2, 2, 3]
    assert batch.people.pair.tolist() == [0, 1, 1, 0, 0, 1]
    assert batch.people.second.tolist() == [False, False, False, True, True, True]
    assert batch.negative.tolist() == [False, True]
    both = collate([one, two, two, one], num_detection=4, pair=[0] * 4, second=[False] * 4, negative=[False])
    assert both.objects.image.tolist() == [0, 1, 1, 2, 2, 3]
    assert both.people.pair.tolist() == [0] * 6
    assert both.people.cell.dtype == torch.int64
    assert both.objects.ltrb.dtype == torch.float32
