"""Throughput of a training: its loader alone, its steps alone, and both together.

    python benchmarks/bench_training_throughput.py quick
    python benchmarks/bench_training_throughput.py my.yaml --set data.root=/data --workers 0 1 2 --json now.json

Any recipe or configuration of `outrack train`. The three rates are measured alternately, several rounds of each,
and the best round counts. If both together are about as fast as the slower one alone, that one is the bottleneck: the
last lines name it, and divide the loader's time.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from torch.cuda import get_device_name, is_available, synchronize

from outrack.io.machine import num_cores
from outrack.training.config.config_file import load_config
from outrack.training.config.training_config import TrainingConfig
from outrack.training.data.examples import Augmentation, Batch, Collation, Example
from outrack.training.data.mosaic import Mosaics
from outrack.training.data.pairs import Mixture, generator
from outrack.training.data.sources import mixture_of
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.engine.build import build_network
from outrack.training.engine.draws import Draws, pair_batches
from outrack.training.engine.loop import new_run, target_encoder
from outrack.training.engine.run import Run


@dataclass(frozen=True)
class Bench:
    """The parts of a training.

    Attributes:
        config: of the training; its number of workers is replaced.
        mixture, encoder: where batches come from.
        run: network, losses and optimiser.
        num_batches: batches of a round.
    """

    config: TrainingConfig
    mixture: Mixture
    encoder: TargetEncoder
    run: Run
    num_batches: int

    @property
    def images_per_batch(self) -> int:
        return 2 * self.config.data.pairs

    def draw(self, workers: int, *, first: int) -> Iterator[Batch]:
        """The batches of a round, and one before them."""
        config = replace(self.config, data=replace(self.config.data, workers=workers))
        last = first + self.num_batches + 1
        return pair_batches(config, self.mixture, self.encoder, Draws(self.run.shares, 0, first, last))

    def loader(self, workers: int, round_: int) -> float:
        """Images per second of the loader alone."""
        return self._rate(self.draw(workers, first=round_ * 1000), lambda batch: None)

    def both(self, workers: int, round_: int) -> float:
        """Images per second of loading and training, as in `outrack train`."""
        return self._rate(self.draw(workers, first=round_ * 1000), self.learn)

    def steps(self, batch: Batch) -> float:
        """Images per second of steps on one preloaded batch."""
        return self._rate(iter([batch] * (self.num_batches + 1)), self.learn)

    def learn(self, batch: Batch) -> None:
        """One step of the optimiser."""
        self.run.one_step([batch])
        if is_available():
            synchronize()

    def _rate(self, drawn: Iterator[Batch], use: Callable[[Batch], None]) -> float:
        """The first batch is not counted: workers start with it, and networks are prepared."""
        use(next(drawn))
        begun = time.perf_counter()
        count = 0
        for batch in drawn:
            use(batch)
            count += 1
        return count * self.images_per_batch / (time.perf_counter() - begun)


def loader_shares(bench: Bench, num_pairs: int = 24) -> dict[str, float]:
    """Milliseconds per image of each part of the loader, in one process."""
    config, encoder = bench.config, bench.encoder
    canvas = (config.model.width, config.model.height)
    mosaics = Mosaics(bench.mixture, config.augmentation.mosaic, canvas, seed=config.seed)
    augmentation: Augmentation = config.augmentation
    spent = dict.fromkeys(("reading or composing", "distorting", "targets", "stacking"), 0.0)
    examples = []
    for draw in range(num_pairs):
        at = [time.perf_counter()]
        pair = mosaics.pair_at(draw)
        at.append(time.perf_counter())
        images = augmentation(pair, canvas, generator(config.seed, 1, draw))
        at.append(time.perf_counter())
        targets = (encoder(images[0].annotation), encoder(images[1].annotation))
        at.append(time.perf_counter())
        examples.append(Example(images, targets, pair.negative))
        for name, part in zip(spent, np.diff(at), strict=False):
            spent[name] += part
    begun = time.perf_counter()
    Collation(partners_detect=config.data.partners_detect, merge=config.data.merge)(examples)
    spent["stacking"] = time.perf_counter() - begun
    return {name: 1e3 * seconds / (2 * num_pairs) for name, seconds in spent.items()}


def prepared(config: TrainingConfig, folder: Path, *, num_batches: int) -> Bench:
    """Data and network of a configuration."""
    mixture, _ = mixture_of(config.data, size=(config.model.width, config.model.height), seed=config.seed)
    built = build_network(config.model)
    encoder = target_encoder(config, stride=built.network.stride)
    return Bench(config, mixture, encoder, new_run(config, folder, built, num_ids=0), num_batches)


def measure(bench: Bench, workers: list[int], *, rounds: int) -> dict[str, float]:
    """Images per second by name, the best of the rounds."""
    (batch, *_) = bench.draw(0, first=0)
    best: dict[str, float] = {}
    for round_ in range(rounds):
        rates = {"steps alone": bench.steps(batch)}
        for number in workers:
            rates[f"loader alone, {number} workers"] = bench.loader(number, round_)
            rates[f"both, {number} workers"] = bench.both(number, round_)
        best = {name: max(rate, best.get(name, 0.0)) for name, rate in rates.items()}
    return best


def verdict(rates: dict[str, float]) -> str:
    """The bottleneck at the best number of workers."""
    number = max((name for name in rates if name.startswith("both")), key=lambda name: rates[name]).split(", ")[1]
    both, loader, steps = (rates[name] for name in (f"both, {number}", f"loader alone, {number}", "steps alone"))
    slower = "the loader" if loader < steps else "the step"
    return f"with {number} both reach {both / min(loader, steps):.2f} of the slower one alone, which is {slower}"


def main() -> None:
    """Print the rates, the loader's parts, and the bottleneck."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", nargs="?", default="quick", help="a recipe, or a YAML file")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="as for `outrack train`")
    parser.add_argument("--workers", nargs="+", type=int, default=sorted({0, 1, num_cores()}))
    parser.add_argument("--batches", type=int, default=12, help="of a round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    config = load_config(options.config, overrides=dict(one.split("=", 1) for one in options.set))
    with TemporaryDirectory() as folder:
        bench = prepared(config, Path(folder), num_batches=options.batches)
        rates = measure(bench, options.workers, rounds=options.rounds)
        parts = loader_shares(bench)
    device = get_device_name() if is_available() else f"{num_cores()} cores"
    size = f"{config.model.width}x{config.model.height}"
    print(f"{options.config}, {size}, {bench.images_per_batch} images a batch, {device}")
    for name, rate in rates.items():
        print(f"{name:30s} {rate:8.1f} images/s")
    for name, ms in parts.items():
        print(f"loader: {name:22s} {ms:8.2f} ms an image")
    print(verdict(rates))
    if options.json is not None:
        content = {"device": device, "images_per_second": rates, "loader_ms": parts}
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
