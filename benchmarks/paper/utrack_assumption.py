"""How often UTrack's assumption holds: that a person is most similar to their own box in the partner frame (paper Eq.
2).

    python benchmarks/paper/utrack_assumption.py ROOT STUDY

ROOT is the data of `outrack reproduce --budget real`, STUDY its folder of results (`runs/reproduce/real`), with the
trained detector. The row's appearance is measured before and after its training, and with `--steps` also during it, for
which it is trained again. The pairs are drawn as in training: of real video by the gap in frames, composed of cut-outs,
drawn by code, and of stills. Colour histograms are measured for comparison. A person counts if the other frame also
contains them.

* partner: the most similar person of the partner frame is the same person.
* all: the same if the people of the same frame compete, too, as in Eq. 2.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch.nn import functional as F

from outrack.datasets import AnnotatedImage, LabelledImage
from outrack.evaluation.colour_histogram import hsv_histogram
from outrack.experiments import RealBudget, choose
from outrack.experiments.results import FIRST_SEED
from outrack.experiments.store import Store
from outrack.models import DenseNetwork, load_network
from outrack.training import Report, TrainingConfig, train
from outrack.training.data.data_config import SourceConfig
from outrack.training.data.examples import Batch, Collation, Examples
from outrack.training.data.identities import number_identities
from outrack.training.data.pairs import ImagePairs, Mixture, PairSource
from outrack.training.data.sources import composed_pairs, images_of
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.engine.build import build_network
from outrack.training.engine.reid import learned_embeddings
from outrack.training.engine.report import StepReport

GAPS = (1, 5, 10, 20, 40)
MIN_PEOPLE = 2
"""Minimum number of people in a still: a single person cannot be confused."""

Floats = NDArray[np.float32]
Embed = Callable[[Batch], Floats]


class FixedGap:
    """Frames of videos with the partner `gap` frames later; a `PairSource`."""

    def __init__(self, images: Sequence[AnnotatedImage], gap: int) -> None:
        later = {(image.video, image.frame): image for image in images}
        self._pairs = [(one, later[key]) for one in images if (key := (one.video, one.frame + gap)) in later]

    def __len__(self) -> int:
        return len(self._pairs)

    def scene(self, index: int) -> str:
        return str(self._pairs[index][0].video)

    def pair(self, index: int, rng: np.random.Generator) -> tuple[LabelledImage, LabelledImage]:
        first, second = self._pairs[index]
        return first.read(), second.read()


@dataclass(frozen=True)
class Rates:
    """Shares in per cent over the people of all pairs of a source."""

    people: float
    in_both: float
    partner: float
    everyone: float


def sources_of(config: TrainingConfig, root: Path) -> dict[str, PairSource]:
    """Every source of pairs by name; those with missing data are skipped."""
    videos: list[AnnotatedImage] = []
    for source in config.data.sources:
        videos += number_identities(images_of(source, root))[0]
    found: dict[str, PairSource] = {f"real, gap {gap}": FixedGap(videos, gap) for gap in GAPS}
    size = (config.model.width, config.model.height)
    if (root / "ccp").is_dir():
        cutouts = SourceConfig(cutouts=("ccp",), backgrounds="coco", people=(6, 20))
        found["composed"] = composed_pairs(cutouts, root, size=size)
    found["drawn"] = composed_pairs(SourceConfig(drawn_people=200), root, size=size)
    if (root / "coco-people").is_dir():
        stills = number_identities(images_of(SourceConfig(path="coco-people"), root))[0]
        found["still"] = ImagePairs([one for one in stills if len(one.annotation) >= MIN_PEOPLE])
    return found


def batches_of(source: PairSource, config: TrainingConfig, num_pairs: int) -> list[Batch]:
    """Positive pairs, one a batch, distorted as in training."""
    encoder = TargetEncoder(config.model.width, config.model.height, min_visibility=config.data.min_visibility)
    mixture = Mixture([source], negative=0.0, seed=1)
    examples = Examples(mixture, config.augmentation, encoder, seed=1)
    return [Collation()([examples[draw]]) for draw in range(num_pairs)]


def by_network(network: DenseNetwork) -> Embed:
    network.eval()

    @torch.inference_mode()
    def embed(batch: Batch) -> Floats:
        maps = network(batch.images)
        assert maps.embedding is not None
        return np.asarray(F.normalize(learned_embeddings(network, maps.embedding, batch.targets.people)))

    return embed


def by_colours(batch: Batch) -> Floats:
    people = batch.targets.people
    boxes, images = (people.xyxy * 4).numpy().astype(np.float64), people.image.numpy()
    found = np.zeros((len(boxes), 384), np.float32)
    for row in np.unique(images):
        of_row = images == row
        found[of_row] = hsv_histogram(batch.images[row].permute(1, 2, 0).numpy(), boxes[of_row])
    return found


def rates(batches: Sequence[Batch], embed: Embed) -> Rates:
    people, both, partner, everyone = 0, 0, 0, 0
    for batch in batches:
        ids, second = batch.targets.people.identity.numpy(), batch.targets.people.second.numpy().astype(bool)
        people += len(ids)
        if len(ids) < MIN_PEOPLE:
            continue
        embeddings = embed(batch)
        cosine = embeddings @ embeddings.T
        np.fill_diagonal(cosine, -np.inf)
        same, across = ids[:, None] == ids[None, :], second[:, None] != second[None, :]
        asked = np.flatnonzero((same & across).any(1))
        both += len(asked)
        partner += int((ids[np.where(across, cosine, -np.inf).argmax(1)] == ids)[asked].sum())
        everyone += int((ids[cosine.argmax(1)] == ids)[asked].sum())
    share = [100 * part / max(whole, 1) for part, whole in ((both, people), (partner, both), (everyone, both))]
    return Rates(people / max(2 * len(batches), 1), *share)


def finished(config: TrainingConfig, weights: Path) -> Iterator[tuple[str, DenseNetwork]]:
    """The network before its training, and as the study left it where it was trained to the end."""
    torch.manual_seed(config.seed)
    yield "start", build_network(config.model).network
    if weights.is_file():
        yield "end", load_network(weights)


def snapshots(config: TrainingConfig, steps: Sequence[int], folder: Path) -> Iterator[tuple[str, DenseNetwork]]:
    """The network before the first step, and after each of `steps`, of which the last ends the training."""
    torch.manual_seed(config.seed)
    yield "start", build_network(config.model).network
    run = folder / "run"

    def keep(report: Report) -> None:
        # What is reported before step n + 1 is saved was saved at step n.
        if isinstance(report, StepReport) and report.progress.step - 1 in steps:
            shutil.copy(run / "last.safetensors", folder / f"{report.progress.step - 1}.safetensors")

    schedule = replace(config.schedule, steps=steps[-1], save_every=int(np.gcd.reduce(list(steps))))
    train(replace(config, schedule=schedule), run, on_report=keep)
    shutil.copy(run / "last.safetensors", folder / f"{steps[-1]}.safetensors")
    for step in steps:
        yield f"step {step}", load_network(folder / f"{step}.safetensors")


def main(root: Path, study: Path, row: str, steps: Sequence[int], num_pairs: int) -> None:
    """See the module docstring."""
    (table,) = choose([row])
    recipe = table.rows[0].recipe
    assert recipe is not None
    stage = RealBudget(root).plan(recipe, seed=FIRST_SEED).stage
    assert stage.start is not None
    detector = Store(study).training(stage.start) / "last.safetensors"
    config = replace(stage.config, model=replace(stage.config.model, init=str(detector.resolve())))
    config = replace(config, data=replace(config.data, workers=0))
    drawn = {name: batches_of(source, config, num_pairs) for name, source in sources_of(config, root).items()}
    shown = Table("appearance", "pairs", "people a frame", "in both, %", "partner, %", "all, %", title=f"{row}")
    with TemporaryDirectory() as folder:
        weights = Store(study).training(stage) / "last.safetensors"
        networks = snapshots(config, steps, Path(folder)) if steps else finished(config, weights)
        ways: Iterator[tuple[str, Embed]] = ((name, by_network(network)) for name, network in networks)
        for name, embed in [("colours", by_colours), *ways]:
            for source, batches in drawn.items():
                found = rates(batches, embed)
                numbers = (found.people, found.in_both, found.partner, found.everyone)
                shown.add_row(name, source, *(f"{number:.1f}" for number in numbers))
    Console(width=110).print(shown)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("study", type=Path)
    parser.add_argument("--row", default="table1/utrack", help="TABLE/ROW whose appearance is learned")
    told = "steps at which to measure, ascending; training ends with the last one"
    parser.add_argument("--steps", type=int, nargs="*", default=[], help=told)
    parser.add_argument("--pairs", type=int, default=40, help="pairs of each source")
    given = parser.parse_args(sys.argv[1:])
    main(given.root, given.study, given.row, given.steps, given.pairs)
