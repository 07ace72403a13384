"""Settings of the tracker, chosen by leave-one-out over sequences.

    python benchmarks/bench_leave_one_out.py --vary overlap.lost_weight=0.6,0.8,1.0 --vary overlap.margin=0.1,0.2

Every combination of the values is tried on the public boxes of every sequence. For each sequence, the combination with
the best mean on the *others* is measured on the one left out, and compared with the default. A choice is general if the
mean over the sequences left out is above the default's and no sequence is much worse.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.bench_motion_only import DATA, Sequence, follow_all, outrack_tracker, read_sequences
from outrack.evaluation import evaluate_sequences

MEASURES = ("hota", "mota", "idf1")
Settings = dict[str, object]


def settings_of(words: list[str]) -> list[Settings]:
    """Every combination of `name=value,value,...`; the first is the default of all."""
    names, values = [], []
    for word in words:
        name, _, listed = word.partition("=")
        names.append(name)
        values.append([yaml.safe_load(value) for value in listed.split(",")])
    return [{}, *(dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values))]


def measure(sequences: list[Sequence], settings: Settings) -> np.ndarray:
    """HOTA, MOTA and IDF1 of each sequence, (S, 3)."""
    results, _ = follow_all(outrack_tracker(**settings), sequences)
    pairs = list(zip((sequence.truth for sequence in sequences), results, strict=True))
    scores = evaluate_sequences(pairs).sequences
    return np.array([[getattr(scores[s.truth.name], name) for name in MEASURES] for s in sequences])


def text(values: np.ndarray) -> list[str]:
    return [f"{value:.2f}" for value in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mot17")
    parser.add_argument(
        "--vary", action="append", metavar="NAME=VALUE,...", default=[], help="values of a setting of TrackerConfig"
    )
    chosen = parser.parse_args()
    if not (chosen.data / "mot17").is_dir():
        print(f"{chosen.data}/mot17: no such folder, so there is nothing to measure; give one with --data")
        return
    sequences = list(read_sequences(chosen.data))
    tried = settings_of(chosen.vary or ["overlap.lost_weight=0.8,1.0"])
    scores = np.stack([measure(sequences, settings) for settings in tried])  # (settings, S, 3)
    table = Table(title="Left out in turn: default, then what is best on the others", title_justify="left", box=None)
    for name in ("sequence", *(f"default {name}" for name in MEASURES), *MEASURES, "chosen by the others"):
        table.add_column(name)
    held_out = []
    for k, sequence in enumerate(sequences):
        others = np.delete(scores, k, axis=1).mean(axis=(1, 2))  # the mean of the three measures
        best = int(others.argmax())
        held_out.append(scores[best, k])
        table.add_row(sequence.truth.name, *text(scores[0, k]), *text(scores[best, k]), str(tried[best]))
    table.add_row("mean", *text(scores[0].mean(axis=0)), *text(np.mean(held_out, axis=0)), "")
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
