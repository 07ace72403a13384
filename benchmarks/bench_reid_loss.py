"""Cost of learning appearance by the number of people in the data: UTrack and the supervised classifier.

    python benchmarks/bench_reid_loss.py

One step is forward, backward and Adam on whatever parameters the loss itself brings, on 8 frame pairs of 20 + 20
people with embeddings of 128 numbers. Every row runs in a separate process; memory is the growth of that process's
peak. 439,046 is the number of CrowdHuman's boxes, each an identity for the classifier.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor

from outrack.losses import SupervisedReID, utrack_loss

IDENTITIES = (100, 10_000, 439_046)
PAIRS, PEOPLE, DIM = 8, 20, 128
OBJECTS = PAIRS * 2 * PEOPLE
MIN_STEPS, MIN_SECONDS = 5, 1.0


class Cost(NamedTuple):
    """Of one loss at one number of identities."""

    parameters: int
    milliseconds: float
    megabytes: float


def peak_megabytes() -> float:
    """Highest memory use of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def measure(
    embeddings: Tensor, loss: Callable[[], Tensor], parameters: list[torch.nn.Parameter], before: float
) -> Cost:
    """Time of the fastest step, and what memory rose above `before`."""
    optimizer = torch.optim.Adam(parameters) if parameters else None
    seconds: list[float] = []
    while len(seconds) < MIN_STEPS or sum(seconds) < MIN_SECONDS:
        start = time.perf_counter()
        embeddings.grad = None
        torch.autograd.backward(loss())
        if optimizer is not None:
            optimizer.step()
            optimizer.zero_grad()
        seconds.append(time.perf_counter() - start)
    count = sum(parameter.numel() for parameter in parameters)
    return Cost(count, 1e3 * min(seconds), peak_megabytes() - before)


def cost_of_utrack() -> Cost:
    """Independent of the number of identities."""
    torch.manual_seed(0)
    before = peak_megabytes()
    embeddings = torch.randn(OBJECTS, DIM, requires_grad=True)
    pair = torch.arange(PAIRS).repeat_interleave(2 * PEOPLE)
    second = torch.arange(2).repeat_interleave(PEOPLE).repeat(PAIRS).bool()
    negative = torch.arange(PAIRS) >= 0.8 * PAIRS
    return measure(embeddings, lambda: utrack_loss(embeddings, pair, second, negative).total, [], before)


def cost_of_classifier(num_ids: int) -> Cost:
    """FairMOT's classifier and its Adam state."""
    torch.manual_seed(0)
    before = peak_megabytes()
    embeddings = torch.randn(OBJECTS, DIM, requires_grad=True)
    ids = torch.randint(num_ids, (OBJECTS,))
    module = SupervisedReID(DIM, num_ids)
    return measure(embeddings, lambda: module(embeddings, ids), list(module.parameters()), before)


def fits(num_ids: int) -> bool:
    """Parameters, gradient, two moments and Adam's scratch; logits, their softmax and gradient."""
    needed = 4 * num_ids * (5 * (DIM + 1) + 4 * OBJECTS)
    return needed < os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    spawn = multiprocessing.get_context("spawn")
    rows: list[tuple[str, int, Cost | None]] = []
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as fresh_process:
        for num_ids in IDENTITIES:
            rows.append(("UTrack", num_ids, fresh_process.submit(cost_of_utrack).result()))
            supervised = fresh_process.submit(cost_of_classifier, num_ids).result() if fits(num_ids) else None
            rows.append(("classifier", num_ids, supervised))
    print(f"{'loss':<11}{'identities':>11}{'parameters':>13}{'ms a step':>11}{'peak MB':>9}")
    for name, num_ids, cost in rows:
        if cost is None:
            print(f"{name:<11}{num_ids:>11,}  left out: too little free memory")
        else:
            megabytes = math.ceil(cost.megabytes)
            print(f"{name:<11}{num_ids:>11,}{cost.parameters:>13,}{cost.milliseconds:>11.1f}{megabytes:>9,}")


if __name__ == "__main__":
    main()
