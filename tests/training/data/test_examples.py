"""Batches: stacking, merged pairs, and the shares of workers and processes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from outrack.datasets import Annotation, LabelledImage
from outrack.training.data.examples import Augmentation, Collation, Example, Examples
from outrack.training.data.pairs import Mixture
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.data.workers import batches


class Squares:
    """Scenes of grey noise with one bright square."""

    def __len__(self) -> int:
        return 6

    def scene(self, index: int) -> str:
        return f"scene{index}"

    def pair(self, index: int, rng: np.random.Generator) -> tuple[LabelledImage, LabelledImage]:
        pixels = np.full((40, 60, 3), 20 * index, np.uint8)
        pixels[10:30, 20:40] = 255
        image = LabelledImage(pixels, Annotation.of_people(np.array([[20.0, 10, 40, 30]])), self.scene(index))
        return image, image


def squares(negative: float = 0.0) -> Examples:
    return Examples(Mixture([Squares()], negative=negative, seed=3), Augmentation(), TargetEncoder(64, 32), seed=3)


def test_a_batch_is_current_images_then_partners() -> None:
    examples = [squares()[draw] for draw in range(3)]
    batch = Collation()(examples)
    assert batch.images.shape == (6, 3, 32, 64)
    assert batch.images.dtype == torch.uint8
    assert batch.targets.centres.shape == (3, 1, 8, 16)
    assert batch.names[:3] == batch.names[3:]
    np.testing.assert_array_equal(batch.images[1].permute(1, 2, 0).numpy(), examples[1].images[0].pixels)
    np.testing.assert_array_equal(batch.images[4].permute(1, 2, 0).numpy(), examples[1].images[1].pixels)
    assert Collation(partners_detect=True)(examples).targets.centres.shape == (6, 1, 8, 16)


def test_two_warps_of_a_still_differ() -> None:
    first, second = squares()[0].images
    assert (first.pixels != second.pixels).any()
    assert (first.annotation.xyxy != second.annotation.xyxy).any()


def of_scenes(first: str, second: str, *, negative: bool = False) -> Example:
    example = squares()[0]
    images = tuple(
        LabelledImage(example.images[0].pixels, example.images[0].annotation, name) for name in (first, second)
    )
    return Example(images, example.targets, negative)  # type: ignore[arg-type]


def test_only_positive_pairs_of_different_scenes_are_merged() -> None:
    pairs = [
        of_scenes("a", "a"),
        of_scenes("b", "c", negative=True),
        of_scenes("d", "d"),
        of_scenes("a", "a"),
        of_scenes("e", "e"),
        of_scenes("f", "f"),
    ]
    numbers = lambda merge: Collation(merge=merge)(pairs).targets  # noqa: E731
    assert numbers(1).negative.tolist() == [False, True, False, False, False, False]
    # a, d, e together; b-c alone; the second a cannot join the first, f joins it.
    assert numbers(3).people.pair.reshape(2, 6).tolist() == [[0, 1, 0, 2, 0, 2]] * 2
    assert numbers(3).negative.tolist() == [False, True, False]


@pytest.mark.parametrize("workers", [0, 1])
def test_every_process_and_every_resume_gets_its_part_of_one_order(workers: int) -> None:
    examples = squares(negative=0.3)
    alone = [b.images for b in batches(examples, Collation(), pairs=2, first=0, last=4, workers=workers)]
    assert len(alone) == 4
    resumed = [b.images for b in batches(examples, Collation(), pairs=2, first=2, last=4)]
    assert all(torch.equal(a, b) for a, b in zip(alone[2:], resumed, strict=True))
    shared = [
        [b.images for b in batches(examples, Collation(), pairs=1, first=0, last=4, process=rank, processes=2)]
        for rank in (0, 1)
    ]
    for whole, *parts in zip(alone, *shared, strict=True):
        assert torch.equal(whole[[0, 2]], parts[0])
        assert torch.equal(whole[[1, 3]], parts[1])


def test_workers_are_never_more_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def loader(*_: object, num_workers: int, **__: object) -> list[object]:
        asked.append(num_workers)
        return []

    monkeypatch.setattr("outrack.training.data.workers.num_cores", lambda: 2)
    monkeypatch.setattr("outrack.training.data.workers.DataLoader", loader)
    for workers in (0, 1, 16):
        assert not list(batches(squares(), Collation(), pairs=1, first=0, last=4, workers=workers))
    assert asked == [0, 1, 2]


TRAINER = """
import os, time
from outrack.training.data.workers import batches

class Workers:
    def __getitem__(self, draw):
        return os.getpid()

if __name__ == "__main__":
    drawn = batches(Workers(), max, pairs=1, first=0, last=1000, workers=1)
    print(next(drawn), flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="looks processes up in /proc")
def test_workers_end_when_the_training_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "trainer.py"
    script.write_text(TRAINER)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as trainer:
        assert trainer.stdout is not None
        worker = int(trainer.stdout.readline())
        was_running = is_running(worker)
        trainer.kill()
    assert was_running
    end = time.monotonic() + 30
    while is_running(worker) and time.monotonic() < end:
        time.sleep(0.1)
    assert not is_running(worker)


def is_running(process: int) -> bool:
    """Whether it is there, and not merely waiting for its exit status to be read."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
