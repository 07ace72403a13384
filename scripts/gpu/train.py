"""Train a network on a GPU in minutes, from true boxes and by distillation from the bundled network.

    python scripts/gpu/train.py runs/packed runs/gpu --first 340 --last 140
    python scripts/gpu/train.py runs/packed runs/gpu --student dense

The first folder is that of `pack.py`. The student is the bundled network itself, trained further, or the dense one,
from random weights. The teacher, which is the bundled network before this training, finds boxes at one and a half times
the size, and gives the features that the student should keep; the student sees changed light. Boxes and occlusion
points are learned together. The bundled network's appearance branch is frozen: its input features change little. The
dense network learns appearance afterwards, by `outrack train` with `trainable: [embedding]`.

Two networks are written. `halves.safetensors` is trained on the first halves of MOT17-02 and MOT17-11, on KITTI-T0016
and on stills, so it can be evaluated on the other videos. `all.safetensors` continues from there for `--last` seconds
with all labelled video. The average of the trained weights alone, without those of the start, is in
`halves-unmixed.safetensors` and `all-unmixed.safetensors`, which are also written every few minutes.

On a CPU it takes hours: `--batch 8 --teacher-size 1 --fixed-blocks 6 --composed 1000` trains on 3 pictures per second.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import crowds
import numpy as np
import packed
import targets
import torch
from detection_losses import box_loss, focal
from light import change_light
from networks import Average, DenseStudent, MobileStudent, Teacher, unlike
from scenes import Draw, Sampler, Source
from sources import ALL, HALVES, LICENCE, TRAINED_ON
from torch import Tensor
from torch.nn import functional as F

from outrack.models import DenseNetwork, Provenance, bundled_network, load_network, read_provenance, save_network
from outrack.models.occlusion import OCCLUSION
from outrack.training.engine.relative_adam import RelativeAdam
from outrack.training.engine.start_weights import StartWeights

SIZES = ((640, 384), (896, 512), (448, 256))
SHARES = (0.5, 0.2, 0.3)
"""Of the batches, for each size. Batches hold as many pixels, about."""
MOSAIC = 0.35
REPORT_S, SAVE_S = 8.0, 240.0

START_SHARE = 0.4
"""Of the start in the bundled network's new weights: the average finds more people in pictures unlike these."""


Student = MobileStudent | DenseStudent


class Stage(NamedTuple):
    """One part of the run; `warmup` is a share of its `seconds`, `videos` says what it saw beside stills."""

    name: str
    sources: dict[str, Source]
    seconds: float
    rate: float
    warmup: float
    videos: str


def occlusion_loss(out: Tensor, draw: Draw, height: int, width: int) -> Tensor:
    """Centres of overlaps and their places within the cell (paper Eq. 11-14)."""
    target = targets.occlusion_targets(draw, height, width)
    inside = (target.ltrb[:, 2:] - target.ltrb[:, :2]) / 2
    offset = (out[:, 1:].float() - inside).abs().sum(1) * (target.centre > 0)
    return focal(out[:, 0], target) + offset.sum() / target.centre.sum().clamp(min=1)


def losses(student: Student, teacher: Teacher, draw: Draw, rng: np.random.Generator) -> dict[str, Tensor]:
    """The losses of one batch, unweighted."""
    boxes, scores, features = teacher(draw.images)
    images = change_light(F.avg_pool2d(draw.images, 2), rng).contiguous(memory_format=torch.channels_last)
    height, width = (side // targets.STRIDE for side in images.shape[2:])
    target = targets.dense_targets(targets.objects_of(draw, boxes, scores), height, width)
    with torch.autocast(images.device.type, torch.bfloat16):
        out = student(images)
    giou, l1 = box_loss(out.ltrb, target)
    return {
        "centre": focal(out.centres[:, 0], target),
        "giou": giou,
        "l1": l1,
        "occlusion": occlusion_loss(out.occlusion, draw, height, width),
        "features": torch.stack([unlike(a, b) for a, b in zip(out.features, features, strict=True)]).sum(),
    }


def weights_of(progress: float) -> dict[str, float]:
    """Of the losses; the teacher's features count less and less."""
    return {"centre": 1.0, "giou": 2.0, "l1": 0.5, "occlusion": 0.1, "features": 1.0 - 0.8 * progress}


def optimiser_of(student: Student, rate: float) -> torch.optim.Optimizer:
    """Steps relative to the magnitude of the weights for trained layers; AdamW, without decay of biases and
    normalisation, for new ones."""
    learned = [p for p in student.parameters() if p.requires_grad]
    if isinstance(student, MobileStudent):
        return RelativeAdam(learned, lr=rate)
    decayed, others = [p for p in learned if p.ndim > 1], [p for p in learned if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.03}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, fused=learned[0].device.type == "cuda")


def train(
    student: Student,
    teacher: Teacher,
    sampler: Sampler,
    stage: Stage,
    *,
    batch: int,
    save_so_far: Callable[[DenseNetwork], None],
) -> Average:
    """Train for `stage.seconds`; returns the average of the weights, weighted towards the end. Saved at times, too."""
    optimiser = optimiser_of(student, stage.rate)
    average = Average(student.network, 0.998)
    rng = np.random.default_rng(1)
    start, step, seen, shown, saved = time.time(), 0, 0, time.time(), time.time()
    while (progress := (time.time() - start) / stage.seconds) < 1:
        ramp = min(progress / stage.warmup, 1.0)
        for group in optimiser.param_groups:
            group["lr"] = stage.rate * ramp * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)
        size = SIZES[rng.choice(len(SIZES), p=SHARES)]
        count = round(batch * SIZES[0][0] * SIZES[0][1] / (size[0] * size[1]))
        draw = sampler(max(count, 1), size)
        parts = losses(student, teacher, draw, rng)
        weights = weights_of(progress)
        loss = torch.stack([weights[name] * part for name, part in parts.items()]).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(student.parameters(), 10.0)
        optimiser.step()
        average.update(student.network)
        step, seen = step + 1, seen + len(draw.images)
        if time.time() - shown > REPORT_S or step in (1, 10):
            shown = time.time()
            values = ", ".join(f"{name} {part.item():.3f}" for name, part in parts.items())
            print(f"{stage.name} {shown - start:6.1f} s, step {step}, {seen} pictures: {values}", flush=True)
        if time.time() - saved > SAVE_S:
            saved = time.time()
            save_so_far(average.network)
    print(f"{stage.name}: {step} steps, {seen} pictures, {seen / stage.seconds:.0f} a second", flush=True)
    return average


def add_crowds(pictures: packed.Pictures, people: list[Tensor], count: int) -> None:
    """Fill the last `count` places with composed crowds, on stills without people."""
    rng = np.random.default_rng(0)
    first = len(pictures.pixels) - count
    empty = [*range(*pictures.rows["coco-empty"])]
    empty += [row for row in range(*pictures.rows["coco-more"]) if pictures.counts[row] == 0]
    for row in range(first, first + count):
        crowds.compose(pictures, people, row, int(rng.choice(empty)), rng)
    pictures.rows["composed"] = (first, first + count)


def arguments() -> argparse.Namespace:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packed", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--start", type=Path, default=bundled_network(), help="weights of the teacher and of the student"
    )
    parser.add_argument("--student", choices=("bundled", "dense"), default="bundled")
    parser.add_argument("--first", type=float, default=340, help="seconds with first halves of the videos")
    parser.add_argument("--last", type=float, default=140, help="seconds with all of them")
    parser.add_argument("--batch", type=int, default=64, help="pictures of 640x384")
    parser.add_argument("--teacher-size", type=float, default=1.5, help="relative to the student's; 1 saves time")
    parser.add_argument("--fixed-blocks", type=int, default=0, help="of the trunk; 6 save half of the time on a CPU")
    parser.add_argument("--composed", type=int, default=3000, help="composed crowds")
    parser.add_argument("--limit", type=int, help="pictures of each source, to see that everything works")
    return parser.parse_args()


def main() -> None:
    """See the module docstring."""
    options = arguments()
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("high")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.time()
    pictures = packed.load(options.packed, device, extra=options.composed, limit=options.limit)
    print(f"{time.time() - began:.1f} s: loaded {pictures.rows}", flush=True)
    add_crowds(pictures, packed.cutouts(options.packed, device, options.limit), options.composed)
    print(f"{time.time() - began:.1f} s: composed", flush=True)
    learn(options, pictures, device)


def learn(options: argparse.Namespace, pictures: packed.Pictures, device: torch.device) -> None:
    """Both stages, unless one has no time; writes a network after each."""
    start = load_network(options.start)
    is_bundled = options.student == "bundled"
    made = MobileStudent(start, options.fixed_blocks) if is_bundled else DenseStudent()
    student: Student = made.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    teacher = Teacher(start, device, options.teacher_size)
    rates = (3e-3, 1.5e-3) if is_bundled else (2e-3, 4e-4)
    halves = "the first halves of MOT17-02 and MOT17-11, KITTI-T0016"
    whole = "MOT17-02, MOT17-11, KITTI-T0016, ETH-Sunnyday, TUD-Stadtmitte"
    stages = [
        Stage("halves", HALVES, options.first, rates[0], 0.03, halves),
        Stage("all", ALL, options.last, rates[1] if options.first else rates[0], 0.05, whole),
    ]
    for seed, stage in enumerate(stages):
        if not stage.seconds:
            continue
        origin = Provenance(TRAINED_ON.format(stage.videos), LICENCE)
        if is_bundled:
            origin = origin.after(read_provenance(options.start))
        sampler = Sampler(pictures, stage.sources, mosaic=MOSAIC, seed=seed)
        so_far = partial(save, path=options.out / f"{stage.name}-unmixed.safetensors", origin=origin)
        average = train(student, teacher, sampler, stage, batch=options.batch, save_so_far=so_far)
        so_far(average.network)
        student.network.load_state_dict(average.network.state_dict())
        if is_bundled:
            kept = StartWeights(start.to(device), START_SHARE, OCCLUSION)  # occlusion points as they were learned
            average.network.load_state_dict(kept.mixed_into(average.network.state_dict()))
        save(average.network, path=options.out / f"{stage.name}.safetensors", origin=origin)


def save(network: DenseNetwork, *, path: Path, origin: Provenance) -> None:
    """Write a network, whatever the order of its weights in memory."""
    kept = copy.deepcopy(network).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    save_network(kept, path, provenance=origin)


if __name__ == "__main__":
    main()
