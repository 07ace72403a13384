"""A simulated cluster that tracks many videos: frames per second and cost at 1, 100 and 10,000 nodes.

    python benchmarks/bench_cluster.py
    python benchmarks/bench_cluster.py --rate 40 --price 0.08 --part-minutes 10

One queue, as in `outrack track --ray`: a free node takes the next video. Nodes differ in speed, some videos take
several times as long (stragglers), and nodes die; the video of a dead node restarts elsewhere, and the node returns
after a while. The driver needs a moment for each video. Lengths of videos are log-normal, with a fixed number of hours
per node. `--part-minutes` splits longer videos into parts that overlap by three seconds.

The rate of a node is measured (docs/scale.md); everything else is an assumption, printed with the result. Pass your own
prices.
"""

from __future__ import annotations

import argparse
import heapq
from collections import deque
from dataclasses import dataclass

import numpy as np

FRAME_RATE = 25.0
OVERLAP_S = 3.0


@dataclass(frozen=True)
class Assumptions:
    """Assumptions; times in hours.

    Attributes:
        video_h, spread: median length of a video, and sigma of its logarithm.
        hours_per_node: of video, to be tracked.
        node_spread: standard deviation of the nodes' speed, share of the mean.
        slow_share, slow_factor: share of slow videos, and how many times as long they take.
        between_failures_h, repair_h: of a node.
        driver_s: seconds of the driver for each video.
    """

    video_h: float = 0.5
    spread: float = 0.8
    hours_per_node: float = 40.0
    node_spread: float = 0.1
    slow_share: float = 0.02
    slow_factor: float = 3.0
    between_failures_h: float = 500.0
    repair_h: float = 0.2
    driver_s: float = 0.005


@dataclass(frozen=True)
class Outcome:
    """Result of a run.

    Attributes:
        hours: from the first video to the end of the last.
        video_hours: that were tracked.
        lost: share of the nodes' work that died with them.
        idle: share of the nodes' time without work.
        again: videos that were restarted.
    """

    hours: float
    video_hours: float
    lost: float
    idle: float
    again: int


def simulate(num_nodes: int, rate: float, part_h: float | None, given: Assumptions, seed: int) -> Outcome:
    """Track the videos of one cluster.

    Args:
        num_nodes: of the cluster.
        rate: frames per second of a node.
        part_h: longest part of a video; None does not split videos.
        given: all other assumptions.
        seed: random seed.
    """
    draw = np.random.default_rng(seed)
    lengths = lengths_of(num_nodes, given, draw)
    pieces = deque(pieces_of(lengths, part_h))
    speed = np.maximum(draw.normal(1, given.node_spread, num_nodes), 0.3) * rate / FRAME_RATE
    fails_at = draw.exponential(given.between_failures_h, num_nodes)
    free = [(0.0, node) for node in range(num_nodes)]
    driver_free = end = worked = lost = 0.0
    again = 0
    died: list[tuple[float, float]] = []  # when a part returns to the queue, and its length
    while pieces or died:
        now, node = heapq.heappop(free)
        while died and died[0][0] <= now:
            pieces.appendleft(heapq.heappop(died)[1])
        if not pieces:  # what still runs elsewhere may die and come back
            if not died:
                break
            heapq.heappush(free, (died[0][0], node))
            continue
        now = driver_free = max(now, driver_free) + given.driver_s / 3600
        length = pieces.popleft()
        slow = given.slow_factor if draw.random() < given.slow_share else 1.0
        done = now + length * slow / speed[node]
        if fails_at[node] < done:
            died_at = max(fails_at[node], now)
            lost += died_at - now
            again += 1
            heapq.heappush(died, (died_at, length))
            back = died_at + given.repair_h
            fails_at[node] = back + draw.exponential(given.between_failures_h)
            heapq.heappush(free, (back, node))
            continue
        worked += done - now
        end = max(end, done)
        heapq.heappush(free, (done, node))
    total = end * num_nodes
    return Outcome(end, float(lengths.sum()), lost / total, 1 - (worked + lost) / total, again)


def lengths_of(num_nodes: int, given: Assumptions, draw: np.random.Generator) -> np.ndarray:
    """Hours of every video."""
    mean = given.video_h * np.exp(given.spread**2 / 2)
    number = max(1, round(given.hours_per_node * num_nodes / mean))
    return given.video_h * np.exp(draw.normal(0, given.spread, number))


def pieces_of(lengths: np.ndarray, part_h: float | None) -> list[float]:
    """Hours of every job, in the order of the queue, which does not depend on lengths."""
    if part_h is None:
        return [float(length) for length in lengths]
    pieces: list[float] = []
    for length in lengths.tolist():
        number = int(np.ceil(length / part_h))
        pieces += [length / number + (OVERLAP_S / 3600 if k else 0.0) for k in range(number)]
    return pieces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=40.3, help="measured frames per second of a node")
    parser.add_argument("--price", type=float, default=0.08, help="of a node, an hour")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 100, 10_000])
    parser.add_argument("--part-minutes", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=5, help="repetitions with other seeds; fewer for large clusters")
    options = parser.parse_args()
    given = Assumptions()
    print(given)
    print(f"{options.rate:g} frames per second and {options.price:g} an hour for a node\n")
    print("nodes   parts  frames/s  of ideal      cost of 1000 h  lost   idle   restarts     hours")
    for num_nodes in options.nodes:
        for part_h in (None, options.part_minutes / 60):
            runs = options.runs if num_nodes < 1000 else min(options.runs, 2)
            outcomes = [simulate(num_nodes, options.rate, part_h, given, seed) for seed in range(runs)]
            rates = np.array([one.video_hours * FRAME_RATE / one.hours for one in outcomes])
            costs = np.array([one.hours * num_nodes * options.price / one.video_hours * 1000 for one in outcomes])
            shares = [np.mean([getattr(one, name) for one in outcomes]) for name in ("lost", "idle", "again", "hours")]
            print(
                f"{num_nodes:<7} {'no' if part_h is None else 'yes':4} {rates.mean():10.0f}  "
                f"{100 * rates.mean() / (num_nodes * options.rate):5.1f} %  {costs.mean():10.1f} +- {costs.std():.1f}  "
                f"{100 * shares[0]:5.2f}  {100 * shares[1]:5.1f}  {shares[2]:8.0f}  {shares[3]:8.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
