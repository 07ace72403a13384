"""Ablation of learning appearance: settings of the loss and of pairs, changed one at a time.

    python benchmarks/paper/appearance_recipes.py ROOT STUDY [-o rows.txt]

ROOT is the data of `outrack reproduce --budget real`, STUDY its folder of results, with the trained detector. Since the
detector is frozen while appearance is learned, its features are computed once and cached, so a run takes seconds;
batches, optimiser and schedule are those of the recipe `real-appearance`. Test data are not used: training uses the
first two thirds of the first halves of MOT17-02 and MOT17-11; R1 and mAP are measured on their last thirds and on
KITTI-T0016.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from utrack_assumption import by_colours

from outrack.annotation import Annotation
from outrack.datasets import AnnotatedImage
from outrack.detectors.input_size import network_size
from outrack.detectors.placement import network_image
from outrack.evaluation.reid import tracklet_scores
from outrack.experiments import RealBudget, choose
from outrack.experiments.measuring import mean_likeness
from outrack.experiments.results import FIRST_SEED
from outrack.experiments.store import Store
from outrack.models import MobileOutrack, load_network
from outrack.models.appearance.body import learned_at
from outrack.models.appearance.branch import AppearanceBranch
from outrack.models.backbones.mobilenet import MobileNetV3
from outrack.models.necks.centernet_neck import CenterNetNeck
from outrack.training import TrainingConfig
from outrack.training.config.training_config import LossConfig
from outrack.training.data.batch_targets import People
from outrack.training.data.data_config import SourceConfig
from outrack.training.data.examples import Batch, Collation, Examples
from outrack.training.data.identities import number_identities
from outrack.training.data.pairs import ImagePairs, Mixture, PairSource
from outrack.training.data.sources import composed_pairs, images_of
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.engine.optimiser import MovingAverage
from outrack.training.engine.reid import make_reid

STEPS, WARMUP, BATCHES = 150, 15, 100
"""As in the recipe when this was measured, except that a training passes 1.5 times over this many batches."""
LEARNED_SHARE = 2 / 3
EVERY, MIN_VISIBILITY = 3, 0.7

LOSSES: Mapping[str, Mapping[str, object]] = {
    "identities": {"reid": "supervised"},
    "CycAs": {"reid": "cycas"},
    "UTrack": {},
    "inter alone": {"intra_weight": 0.0, "cycle_weight": 0.0},
    "inter, intra": {"cycle_weight": 0.0},
    "inter, cycle": {"intra_weight": 0.0},
    "half of intra": {"intra_weight": 0.5},
    "T = 1": {"temperature": 1.0},
    "T = 3": {"temperature": 3.0},
    "T = 5": {"temperature": 5.0},
    "T = 10": {"temperature": 10.0},
    "no placeholder": {"placeholder": "none", "negatives": "off"},
    "p = 0": {"placeholder": "zero"},
    "negatives of the paper": {"negatives": "paper"},
    "normalised by pair": {"normalise": "pair"},
    "margin 0.25": {"margin": 0.25},
    "margin 0.75": {"margin": 0.75},
}
WAYS = ("identities", "CycAs", "UTrack")


class Kept(NamedTuple):
    """Features of a batch at stride 8, and the people in it with their colour histograms."""

    trunk: Tensor
    neck: Tensor
    people: People
    negative: Tensor
    colours: Tensor


class Asked(NamedTuple):
    """A validation frame: features, boxes in input pixels, and identities."""

    trunk: Tensor
    neck: Tensor
    xyxy: Tensor
    ids: NDArray[np.int64]
    order: int


class Scores(NamedTuple):
    """Scores in per cent, and the mean cosine of different people."""

    r1: float
    mean_ap: float
    likeness: float


@dataclass(frozen=True)
class Data:
    """Images of the two parts."""

    learned: list[AnnotatedImage]
    asked: list[AnnotatedImage]

    @classmethod
    def of(cls, config: TrainingConfig, root: Path) -> Data:
        halves, other = (number_identities(images_of(source, root))[0] for source in config.data.sources)
        length = {video: sum(one.video == video for one in halves) for video in {one.video for one in halves}}
        late = [one.frame >= LEARNED_SHARE * length[one.video] for one in halves]
        asked = [one for one, is_late in zip(halves, late, strict=True) if is_late]
        return cls([one for one, is_late in zip(halves, late, strict=True) if not is_late], [*asked, *other][::EVERY])


@torch.inference_mode()
def features(network: MobileOutrack, images: Tensor) -> tuple[Tensor, Tensor]:
    """Input of the appearance branch, in half precision."""
    pyramid = network.trunk(images.float())
    return pyramid.stride8.bfloat16(), network.neck.to_stride8(pyramid).bfloat16()


def kept_batches(network: MobileOutrack, config: TrainingConfig, sources: Sequence[PairSource]) -> list[Kept]:
    encoder = TargetEncoder(config.model.width, config.model.height, min_visibility=config.data.min_visibility)
    mixture = Mixture(sources, negative=config.data.negative, seed=config.seed)
    examples = Examples(mixture, config.augmentation, encoder, seed=config.seed)
    collate, size = Collation(merge=config.data.merge), config.data.pairs
    found = []
    for number in range(BATCHES):
        batch: Batch = collate([examples[draw] for draw in range(number * size, (number + 1) * size)])
        people = batch.targets.people
        colours = torch.from_numpy(by_colours(batch))
        found.append(Kept(*features(network, batch.images), people, batch.targets.negative, colours))
    return found


def asked_frames(network: MobileOutrack, config: TrainingConfig, images: Sequence[AnnotatedImage]) -> list[Asked]:
    found = []
    for image in images:
        people: Annotation = image.annotation
        assert people.ids is not None
        wanted = ~people.ignore & (people.ids >= 0)
        if people.visibility is not None:
            wanted &= people.visibility >= MIN_VISIBILITY
        if not wanted.any():
            continue
        size = network_size((image.width, image.height), (config.model.width, config.model.height))
        pixels = torch.from_numpy(np.array(network_image(image.read().pixels, size)))[None]
        scale = np.tile([size[0] / image.width, size[1] / image.height], 2)
        boxes = torch.from_numpy(people.xyxy[wanted] * scale).float()
        found.append(Asked(*features(network, pixels), boxes, people.ids[wanted], image.frame))
    return found


def doubled(batch: Kept, share: float, rng: np.random.Generator) -> Kept:
    """The batch with a second box, moved by up to a tenth of its size, for a share of the people, as if two people."""
    people = batch.people
    twice = torch.from_numpy(rng.random(len(people.xyxy)) < share)
    size = people.xyxy[twice, 2:] - people.xyxy[twice, :2]
    moved = people.xyxy[twice] + (torch.from_numpy(rng.uniform(-0.1, 0.1, size.shape)).float() * size).repeat(1, 2)
    copies = People(*(column[twice] for column in people))._replace(xyxy=moved)
    colours = torch.cat((batch.colours, batch.colours[twice]))
    return batch._replace(
        people=People(*(torch.cat(both) for both in zip(people, copies, strict=True))), colours=colours
    )


def untrained(network: MobileOutrack, batches: Sequence[Tensor]) -> MobileOutrack:
    """The network with random weights; its batch normalisation is measured on pictures."""
    torch.manual_seed(0)
    fresh = copy.deepcopy(network)
    for module in fresh.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    fresh.train()
    for images in batches:
        features(fresh, images)
    return fresh.eval()


def new_branch(seed: int) -> AppearanceBranch:
    torch.manual_seed(seed)
    return AppearanceBranch(MobileNetV3.channels[1], CenterNetNeck.channels_at8)


def read_people(branch: AppearanceBranch, batch: Kept) -> Tensor:
    """The embeddings of the people in a batch."""
    embedding = branch(batch.trunk.float(), batch.neck.float())
    return learned_at(embedding, batch.people.image, batch.people.xyxy * MobileOutrack.stride, MobileOutrack.body)


def like_colours(branch: AppearanceBranch, batches: Sequence[Kept], lr: float) -> AppearanceBranch:
    """The branch, trained once over the batches so that cosines of people are those of their colour histograms."""
    optimiser = torch.optim.AdamW(branch.parameters(), lr=lr)
    for batch in batches:
        read = functional.normalize(read_people(branch, batch))
        optimiser.zero_grad()
        functional.mse_loss(read @ read.T, batch.colours @ batch.colours.T).backward()
        optimiser.step()
    return branch


def learned(
    batches: Sequence[Kept],
    loss: LossConfig,
    seed: int,
    config: TrainingConfig,
    steps: int,
    *,
    after_colours: bool = False,
) -> AppearanceBranch:
    """A branch trained from new weights, or from ones that imitate colours: the moving average."""
    branch = new_branch(seed)
    if after_colours:
        branch = like_colours(branch, batches, config.optimiser.lr)
    if not steps:
        return branch.eval()
    num_ids = 1 + max(int(batch.people.identity.max()) for batch in batches if len(batch.people.identity))
    reid = make_reid(loss, embedding_dim=128, num_ids=num_ids)
    assert reid is not None
    optimiser_config = config.optimiser
    parameters = [*branch.parameters(), *reid.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=optimiser_config.lr, weight_decay=optimiser_config.weight_decay)
    average = MovingAverage(branch, optimiser_config.ema)
    laps = range(1 + steps // len(batches))
    order = np.concatenate([np.random.default_rng([seed, lap]).permutation(len(batches)) for lap in laps])
    for step in range(steps):
        batch = batches[order[step]]
        factor = min((step + 1) / WARMUP, 1) * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * step / steps)))
        optimiser.param_groups[0]["lr"] = optimiser_config.lr * factor
        read = read_people(branch, batch)
        optimiser.zero_grad()
        reid(read, batch.people, batch.negative).total.backward()
        torch.nn.utils.clip_grad_norm_(parameters, optimiser_config.clip)
        optimiser.step()
        average.update(branch, step)
    branch.load_state_dict(average.tensors)
    return branch.eval()


@torch.inference_mode()
def scores(branch: AppearanceBranch, frames: Sequence[Asked]) -> Scores:
    rows = []
    for frame in frames:
        embedding = branch(frame.trunk.float(), frame.neck.float())
        image = torch.zeros(len(frame.xyxy), dtype=torch.int64)
        rows.append(learned_at(embedding, image, frame.xyxy, MobileOutrack.body).numpy())
    embeddings, ids = np.concatenate(rows), np.concatenate([frame.ids for frame in frames])
    order = np.concatenate([np.full(len(frame.ids), frame.order) for frame in frames])
    found = tracklet_scores(embeddings, ids, order)
    return Scores(found.r1, found.mean_ap, mean_likeness(embeddings, ids))


@dataclass(frozen=True)
class Bench:
    """Prints rows as they are finished.

    Attributes:
        network: the trained detector.
        config: the recipe.
        root, data: folder of images, and the images of both parts.
        num_seeds: trainings per row.
        output: file for the rows.
    """

    network: MobileOutrack
    config: TrainingConfig
    root: Path
    data: Data
    num_seeds: int
    output: Path

    def row(
        self,
        name: str,
        batches: Sequence[Kept],
        frames: Sequence[Asked],
        loss: Mapping[str, object],
        steps: int = STEPS,
        *,
        after_colours: bool = False,
    ) -> None:
        config = replace(self.config.loss, **loss)  # type: ignore[arg-type]
        branches = (
            learned(batches, config, seed, self.config, steps, after_colours=after_colours)
            for seed in range(self.num_seeds)
        )
        found = [scores(branch, frames) for branch in branches]
        columns = zip(*found, strict=True)
        cells = [f"{fmean(column):.1f} ± {stdev(column) if len(column) > 1 else 0:.1f}" for column in columns]
        likeness = fmean(one.likeness for one in found)
        line = f"| {name} | {cells[0]} | {cells[1]} | {likeness:.2f} |"
        print(line, flush=True)
        with self.output.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def run(self) -> None:
        frames = asked_frames(self.network, self.config, self.data.asked)
        real = self.batches()
        for name, loss in LOSSES.items():
            self.row(name, real, frames, loss)
        for steps in (50, 300, 600):
            self.row(f"UTrack, {steps} steps", real, frames, {}, steps)
        self.row("no training", real, frames, {}, 0)
        self.row("trained to imitate colours", real, frames, {}, 0, after_colours=True)
        for way in WAYS:
            self.row(f"{way}, from the imitation of colours", real, frames, LOSSES[way], after_colours=True)
        rng = np.random.default_rng(0)
        with_doubles = [doubled(batch, 0.3, rng) for batch in real]
        for name in ("UTrack", "inter alone", "inter, cycle"):
            self.row(f"{name}, 30 % of people twice", with_doubles, frames, LOSSES[name])
        self.from_nothing()
        for window in (1, 20, 40):
            of_window = self.batches(window=window)
            for way in WAYS:
                self.row(f"{way}, up to {window} frames apart", of_window, frames, LOSSES[way])
        for negative in (0.0, 0.5):
            self.row(f"UTrack, {negative} negative", self.batches(negative=negative), frames, {})
        merged = self.batches(merge=4)
        for way in WAYS:
            self.row(f"{way}, pairs of different scenes joined", merged, frames, LOSSES[way])
        for kind, source in self.pairs_without_video().items():
            of_kind = kept_batches(self.network, self.config, [source])
            for way in WAYS:
                self.row(f"{way}, {kind}", of_kind, frames, LOSSES[way])

    def from_nothing(self) -> None:
        """On features of a network with random weights."""
        width, height = self.config.model.width, self.config.model.height
        pictures = [
            torch.from_numpy(np.array(network_image(image.read().pixels, (width, height))))
            for image in self.data.learned[::20]
        ]
        fresh = replace(self, network=untrained(self.network, [torch.stack(pictures)] * 3))
        batches, frames = fresh.batches(), asked_frames(fresh.network, fresh.config, fresh.data.asked)
        for way in WAYS:
            fresh.row(f"{way}, from random weights", batches, frames, LOSSES[way])

    def batches(self, **data: object) -> list[Kept]:
        """Batches of real video, with changed settings of the data."""
        config = replace(self.config, data=replace(self.config.data, **data))  # type: ignore[arg-type]
        return kept_batches(self.network, config, [ImagePairs(self.data.learned, window=config.data.window)])

    def pairs_without_video(self) -> dict[str, PairSource]:
        """Pairs from other sources than video."""
        size = (self.config.model.width, self.config.model.height)
        cutouts = SourceConfig(cutouts=("ccp",), backgrounds="coco", people=(6, 20))
        stills = number_identities(images_of(SourceConfig(path="coco-people"), self.root))[0]
        return {
            "drawn by code": composed_pairs(SourceConfig(drawn_people=300), self.root, size=size),
            "composed of cut-outs": composed_pairs(cutouts, self.root, size=size),
            "two warps of stills": ImagePairs(stills),
        }


def main(root: Path, study: Path, num_seeds: int, output: Path) -> None:
    """See the module docstring."""
    (table,) = choose(["table1/utrack"])
    recipe = table.rows[0].recipe
    assert recipe is not None
    stage = RealBudget(root).plan(recipe, seed=FIRST_SEED).stage
    assert stage.start is not None
    network = load_network(Store(study).training(stage.start) / "last.safetensors")
    assert isinstance(network, MobileOutrack)
    bench = Bench(network.eval(), stage.config, root, Data.of(stage.config, root), num_seeds, output)
    header = "| change | R1 | mAP | mean cosine of different people |\n|---|---|---|---|"
    print(header)
    output.write_text(header + "\n", encoding="utf-8")
    bench.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("study", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path, default=Path("appearance-recipes.md"))
    given = parser.parse_args()
    main(given.root, given.study, given.seeds, given.output)
