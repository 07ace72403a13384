"""CenterTrack's examples: the perturbed previous frame, and displacements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from outrack.datasets import Annotation, LabelledImage
from outrack.models import DenseMaps, centertrack_heads
from outrack.training import train
from outrack.training.config.training_config import LossConfig
from outrack.training.data.augment import Geometry
from outrack.training.data.data_config import SourceConfig
from outrack.training.data.examples import Augmentation
from outrack.training.data.pairs import ImagePairs, Mixture
from outrack.training.data.photometric import Photometric
from outrack.training.data.sources import images_of
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.data.two_frame import PriorNoise, TwoFrameExamples, displacements, stack_two_frame
from outrack.training.engine.step import TwoFrameStep
from tests.training.tiny import TinyTwoFrame, tiny_config, write_squares

ENCODER = TargetEncoder(96, 64)
NO_NOISE = PriorNoise(lost=0, doubled=0, jitter=0)
STILL = Augmentation(
    Geometry(rotation_deg=0, scale=(1, 1), translate=0, shear_deg=0, flip=0, partner=(0, 0)), Photometric(0, 0)
)


def people(*xyxy: tuple[float, ...], ids: Sequence[int] | None = None) -> Annotation:
    notes = Annotation.of_people(np.array(xyxy, float).reshape(-1, 4))
    return notes if ids is None else replace(notes, ids=np.array(ids))


def examples_of(folder: Path, *, noise: PriorNoise = NO_NOISE, itself: bool = False) -> TwoFrameExamples:
    pairs = ImagePairs(images_of(SourceConfig(path=str(folder)), Path()), window=2, itself=itself)
    return TwoFrameExamples(Mixture([pairs], negative=0, seed=4), STILL, ENCODER, noise=noise, seed=4)


def test_a_displacement_leads_from_the_cell_to_the_centre_before() -> None:
    now = ENCODER(people((8, 8, 16, 32), (40, 8, 48, 32), (60, 8, 68, 32), ids=[7, 3, 9]))
    before = people((44, 4, 52, 28), (10, 14, 18, 38), ids=[3, 7])
    cell, offset = displacements(now, before, ENCODER)
    assert cell.tolist() == [5 * 24 + 3, 5 * 24 + 11]  # 24 cells in a row; no object was 9 before
    np.testing.assert_allclose(offset, [[14 / 4 - 3, 26 / 4 - 5], [48 / 4 - 11, 16 / 4 - 5]])


def test_unknown_people_come_from_nowhere() -> None:
    now = ENCODER(people((8, 8, 16, 32), (40, 8, 48, 32), ids=[-1, 5]))
    for before in (people((8, 8, 16, 32), ids=[-1]), people(), people((8, 8, 16, 32))):
        cell, offset = displacements(now, before, ENCODER)
        assert (cell.shape, offset.shape) == ((0,), (0, 2))


def test_noise_is_as_frequent_as_they_should_be() -> None:
    boxes = np.tile([[100.0, 100, 120, 160]], (20_000, 1))
    shown = PriorNoise()(boxes, np.random.default_rng(0))
    assert len(shown) / len(boxes) == pytest.approx(0.6 * 1.1, abs=0.01)
    centre = (shown[:, :2] + shown[:, 2:]) / 2
    np.testing.assert_allclose(centre.mean(0), [110, 130], atol=0.1)
    np.testing.assert_allclose(centre.std(0), [0.05 * 20, 0.05 * 60], rtol=0.03)
    np.testing.assert_allclose(shown[:, 2:] - shown[:, :2], [[20, 60]] * len(shown))
    np.testing.assert_array_equal(NO_NOISE(boxes, np.random.default_rng(0)), boxes)
    assert len(PriorNoise()(np.empty((0, 4)), np.random.default_rng(0))) == 0


@pytest.mark.parametrize("wrong", [{"lost": 1.5}, {"doubled": -0.1}, {"jitter": -1.0}])
def test_impossible_noise(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="prior: expected two probabilities"):
        PriorNoise(**wrong)


def test_the_heat_shows_who_was_where(squares: Path) -> None:
    examples = examples_of(squares)
    example = examples[0]
    shift = example.image.frame - example.previous.frame  # squares walk 3 pixels a frame
    assert 1 <= abs(shift) <= 2
    peaks = np.argwhere(example.heat == 1)
    boxes = example.previous.annotation.xyxy
    np.testing.assert_array_equal(np.sort(peaks[:, 1]), np.sort(((boxes[:, 0] + boxes[:, 2]) / 2).astype(int)))
    assert len(example.offset) == 3
    centre = (example.image.annotation.xyxy[:, 0] + example.image.annotation.xyxy[:, 2]) / 8
    np.testing.assert_allclose(example.offset[:, 0], -3 * shift / 4 + centre - np.floor(centre))
    again = examples[0]
    np.testing.assert_array_equal(example.heat, again.heat)


def test_a_frame_may_be_its_own_predecessor_only_on_request(squares: Path) -> None:
    steps = lambda itself: {  # noqa: E731
        example.image.frame - example.previous.frame
        for example in map(examples_of(squares, itself=itself).__getitem__, range(48))
    }
    assert steps(False) == {-2, -1, 1, 2}
    assert steps(True) == {-2, -1, 0, 1, 2}


def test_a_still_is_its_own_predecessor_with_all_people_in_it() -> None:
    class Stills:
        def __len__(self) -> int:
            return 1

        def scene(self, index: int) -> str:
            return "still"

        def pair(self, index: int, rng: np.random.Generator) -> tuple[LabelledImage, LabelledImage]:
            image = LabelledImage(np.zeros((64, 96, 3), np.uint8), people((8, 8, 16, 32), ids=[4]), "still")
            return image, image

    moved = replace(STILL, geometry=replace(STILL.geometry, translate=0.4, partner=(0.1, 0.1)))
    example = TwoFrameExamples(Mixture([Stills()], negative=0), moved, ENCODER, noise=NO_NOISE)[1]
    assert len(example.offset) == 1
    assert abs(example.offset).max() > 0.1


def test_frames_without_identities_are_refused(tmp_path: Path) -> None:
    class Unknown:
        def __len__(self) -> int:
            return 1

        def scene(self, index: int) -> str:
            return "street"

        def pair(self, index: int, rng: np.random.Generator) -> tuple[LabelledImage, LabelledImage]:
            image = LabelledImage(np.zeros((64, 96, 3), np.uint8), people((8, 8, 16, 32)), "street")
            return image, image

    with pytest.raises(ValueError, match=r"street: .* needs identities"):
        TwoFrameExamples(Mixture([Unknown()], negative=0), STILL, ENCODER, noise=NO_NOISE)[0]


@pytest.mark.parametrize("num_people", [0, 3])
def test_every_part_is_finite_and_reaches_every_parameter(num_people: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    examples = examples_of(write_squares(tmp_path / "some", people=num_people), noise=PriorNoise())
    batch = stack_two_frame([examples[draw] for draw in range(3)])
    assert batch.images.shape == batch.previous_images.shape == (3, 3, 64, 96)
    assert batch.previous_heat.shape == (3, 1, 64, 96)
    step = TwoFrameStep(TinyTwoFrame(centertrack_heads(occlusion=True, hidden=8)), LossConfig())
    loss = step(batch)
    values = dict(loss.named())
    assert list(values) == [
        "centre",
        "ltrb",
        "giou",
        "offset",
        "displacement",
        "occlusion",
        "occlusion_offset",
        "total",
    ]
    assert all(torch.isfinite(value) for value in values.values())
    weights = {"centre": 1, "ltrb": 0.1, "offset": 1, "displacement": 1, "occlusion": 0.5, "occlusion_offset": 0.5}
    torch.testing.assert_close(values["total"], sum(weight * values[name] for name, weight in weights.items()))
    loss.total.backward()
    assert not [name for name, parameter in step.named_parameters() if parameter.grad is None]


def test_a_box_is_not_asked_to_make_up_for_its_offset(tmp_path: Path) -> None:
    """CenterTrack measures sides from the integer centre: with right sides, a wrong offset leaves their loss at 0."""
    example = examples_of(write_squares(tmp_path / "some"))[0]
    batch = stack_two_frame([example])
    objects = batch.targets.objects

    class Answers(TinyTwoFrame):
        def forward(self, *inputs: Tensor) -> DenseMaps:
            offset = torch.full((1, 2, 16, 24), 0.9)
            ltrb = torch.zeros(1, 4, 16, 24)
            low, high = objects.ltrb.chunk(2, 1)
            sides = torch.cat((low - objects.offset + 0.9, high + objects.offset - 0.9), 1)
            ltrb.flatten(2)[objects.image, :, objects.cell] = sides
            return DenseMaps(torch.zeros(1, 1, 16, 24), ltrb, offset, displacement=torch.zeros(1, 2, 16, 24))

    loss = TwoFrameStep(Answers(centertrack_heads(hidden=8)), LossConfig())(batch)
    assert loss.detection.ltrb < 1e-6
    assert loss.detection.offset is not None
    assert loss.detection.offset > 0.1


def test_a_two_frame_network_is_trained(squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    model = replace(config.model, architecture="tiny-two-frame", embedding_dim=0)
    ours = replace(config, model=model, loss=replace(config.loss, reid="none"))
    with pytest.raises(
        ValueError, match=r"data\.negative: a network that uses the previous frame .* expected 0, got 0\.2"
    ):
        train(ours, tmp_path / "run")
    ours = replace(ours, data=replace(ours.data, negative=0.0))
    assert train(ours, tmp_path / "run").is_file()
    with pytest.raises(ValueError, match=r"model\.embedding_dim: tiny-two-frame has none; expected 0, got 16"):
        train(replace(ours, model=replace(model, embedding_dim=16)), tmp_path / "other")
