"""Name-value tables, and the summary at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:  # `outrack info` prints tables too, and should not wait for the pipeline
    from outrack.detectors import ModelInfo
    from outrack.video.summary import TrackSummary

__all__ = ["fact_table", "summary_facts", "terms_of"]


def fact_table(title: str, facts: Sequence[tuple[str, str]]) -> Group:
    """A title over two columns: what, and its value. A repeated `what` is left blank by giving an empty string."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(name, Text(value))
    return Group(Text(title, style="bold"), Padding(table, (0, 0, 0, 2)))


def terms_of(network: ModelInfo) -> str:
    """Name and licence of a network in one line; `outrack info` shows further origins.

    A training run without a stated licence, such as one on your own footage, has that of its initial weights.
    """
    parts = network.licence.split("; ")
    said = next((part for part in parts if not part.endswith("unknown")), "unknown")
    return f"{network.name}: {said}" + (" (more: `outrack info`)" if len(parts) > 1 else "")


def _remarks(summary: TrackSummary) -> list[str]:
    dropped = [f"{summary.num_dropped} more dropped, which arrived faster than they were tracked"]
    return dropped * (summary.num_dropped > 0) + ["interrupted"] * summary.interrupted


def summary_facts(summary: TrackSummary) -> list[tuple[str, str]]:
    """What was tracked, the speed, where the time went, and the files."""
    per_frame = 1000 / max(summary.num_frames, 1)
    phases = [f"{phase} {seconds * per_frame:.1f}" for phase, seconds in summary.phase_s.items() if seconds > 0]
    facts = [
        ("frames", ", ".join([f"{summary.num_frames}", *_remarks(summary)])),
        ("people", _people(summary)),
        ("speed", f"{summary.frames_per_second:.1f} frames per second, {summary.elapsed_s:.1f} s in total"),
        ("ms/frame", ", ".join(phases) or "-"),
    ]
    if summary.network is not None:
        sizes = ", then ".join(f"{width}x{height}" for width, height in summary.input_sizes)
        facts += [("input", f"{sizes} pixels")] * bool(sizes) + [("weights", terms_of(summary.network))]
    written = [_place(path) for path in summary.outputs] or ["nothing"]
    return facts + [("written" if row == 0 else "", path) for row, path in enumerate(written)]


def _people(summary: TrackSummary) -> str:
    words = [f"{summary.num_people}"]
    if summary.num_short:
        words.append(f"{summary.num_short} of them shorter than a second")
    if summary.num_left_out:
        words.append(f"{summary.num_left_out} omitted by --min-length")
    return ", ".join(words)


def _place(output: Path | str) -> str:
    return "standard output" if Path(output).stem == "-" else str(output)
