"""The losses of a batch: all terms exist, are finite without people, and do not depend on ignored regions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from outrack.datasets import Annotation
from outrack.losses import DetectionWeights
from outrack.models import DenseMaps, Head
from outrack.models.appearance.body import BodyReading
from outrack.training.config.training_config import LossConfig, ModelConfig
from outrack.training.data.batch_targets import Targets, collate
from outrack.training.data.examples import Batch
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.engine.build import build_network
from outrack.training.engine.reid import learned_embeddings, make_reid
from outrack.training.engine.step import TrainingStep, detection_loss
from tests.training.tiny import TinyNetwork

ENCODER = TargetEncoder(64, 32)
HEADS = tuple(
    Head(name, channels)
    for name, channels in {
        "centres": 1, "ltrb": 4, "offset": 2, "embedding": 8, "occlusion": 1, "occlusion_offset": 2
    }.items()
)  # fmt: skip
CROWD = np.array([[8, 4, 32, 32], [24, 8, 34, 28], [40, 4, 52, 28]], float)


def targets_of(*images: Annotation) -> Targets:
    """Pairs of these images with themselves; everything supervised."""
    made = [ENCODER(image) for image in (*images, *images)]
    n = len(images)
    second = [False] * n + [True] * n
    return collate(made, num_detection=2 * n, pair=[*range(n), *range(n)], second=second, negative=[False] * n)


def batch_of(images: torch.Tensor, notes: Annotation) -> Batch:
    """One positive pair of an image with itself."""
    return Batch(images, targets_of(notes), (), torch.zeros(1, 2, dtype=torch.int64), torch.tensor([False]))


@pytest.mark.parametrize("reid", ["utrack", "cycas", "supervised", "none"])
@pytest.mark.parametrize("people", [0, 1, 3])
def test_every_part_is_finite_and_reaches_every_parameter(reid: str, people: int) -> None:
    torch.manual_seed(0)
    config = LossConfig(reid=reid)  # type: ignore[arg-type]
    network = TinyNetwork(HEADS if reid != "none" else [head for head in HEADS if head.name != "embedding"])
    step = TrainingStep(network, make_reid(config, embedding_dim=8, num_ids=4), config)
    notes = replace(Annotation.of_people(CROWD[:people]), ids=np.arange(people))
    loss = step(batch_of(torch.randint(0, 256, (2, 3, 32, 64), dtype=torch.uint8), notes))
    names = [name for name, _ in loss.named()]
    assert names[:6] == ["centre", "ltrb", "giou", "offset", "occlusion", "occlusion_offset"]
    assert names[-1] == "total"
    assert ("reid" in names) == (reid != "none")
    assert ("reid_intra" in names) == (reid == "utrack")
    assert all(torch.isfinite(value) for _, value in loss.named())
    loss.total.backward()
    without = [name for name, parameter in step.named_parameters() if parameter.grad is None]
    assert not without  # a parameter without gradient stops distributed training


@pytest.mark.parametrize("reid", ["utrack", "supervised"])
def test_appended_colours_are_not_trained(reid: str) -> None:
    """Not either where everything but appearance is frozen, whose layers are in evaluation mode."""
    notes = replace(Annotation.of_people(CROWD), ids=np.arange(3))
    losses = []
    for dim in (128, 640):
        config = ModelConfig(
            architecture="mobile-outrack", init="coco", embedding_dim=dim, occlusion=False, trainable=("embedding",)
        )
        torch.manual_seed(0)
        network = build_network(config).network
        made = make_reid(LossConfig(reid=reid), embedding_dim=network.learned_dim, num_ids=4)  # type: ignore[arg-type]
        step = TrainingStep(network, made, LossConfig())
        images = torch.randint(0, 256, (2, 3, 32, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
        losses.append(step(batch_of(images, notes)).total)
    assert losses[0] == losses[1]
    losses[1].backward()
    assert network.get_parameter("appearance.mix.4.weight").grad is not None


def random_maps(batch: int) -> DenseMaps:
    channels = {"centres": 1, "ltrb": 4, "offset": 2, "embedding": 8, "occlusion": 1, "occlusion_offset": 2}
    return DenseMaps(**{name: torch.randn(batch, count, 8, 16) for name, count in channels.items()})


def test_nothing_in_an_ignored_region_counts() -> None:
    torch.manual_seed(0)
    region = np.array([[36.0, 0, 64, 32]])
    notes = Annotation(
        np.concatenate([CROWD[:2], region]), np.zeros(3, np.int64), np.array([False, False, True])
    )  # fmt: skip
    targets = targets_of(notes)
    maps = random_maps(2)
    changed = DenseMaps(*(None if value is None else value.clone() for value in maps))  # type: ignore[arg-type]
    for value in changed:
        if value is not None:
            value[..., 10:] += 3 * torch.randn_like(value[..., 10:])
    first, second = (detection_loss(one, targets, occlusion_normalise="paper") for one in (maps, changed))
    assert first.total(DetectionWeights()) == second.total(DetectionWeights())
    assert (targets.people.cell % 16 < 10).all()
    everything = targets_of(Annotation.of_people(CROWD[:2]))
    first, second = (detection_loss(one, everything, occlusion_normalise="paper") for one in (maps, changed))
    assert first.centre != second.centre


def test_embeddings_are_read_where_decoding_reads_them() -> None:
    torch.manual_seed(0)
    network = TinyNetwork(HEADS)
    maps = random_maps(2)
    assert maps.embedding is not None
    targets = targets_of(Annotation.of_people(CROWD))
    people = targets.people
    read = learned_embeddings(network, maps.embedding, people)
    assert torch.equal(read[2], maps.embedding[0, :, people.cell[2] // 16, people.cell[2] % 16])
    points = BodyReading(points=(((0.0, -0.3),), ((0.0, 0.3),)), stride=4)
    network.body = points  # type: ignore[misc]  # stands for an architecture that reads the body
    body = learned_embeddings(network, maps.embedding, people)
    x1, y1, x2, y2 = CROWD[2]  # a person twice as high as wide, so one who is not cut off
    x, y = int((x1 + x2) / 2 / 4), [int(((y1 + y2) / 2 + share * (y2 - y1)) / 4) for share in (-0.3, 0.3)]
    wanted = torch.cat([maps.embedding[0, :, y[0], x], maps.embedding[0, :, y[1], x]])
    assert torch.equal(body[2], wanted)
