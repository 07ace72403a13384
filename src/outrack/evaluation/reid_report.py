"""Re-ID scores of several extractors on the same boxes, as a table, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from outrack.datasets import LabelledImage
from outrack.evaluation.reid import EmbeddedBoxes, Extractor, RetrievalScores, embed_boxes, tracklet_scores

__all__ = ["REID_SUFFIXES", "AppearanceScores", "read_boxes", "reid_table", "score_appearance", "write_reid_report"]

HEADER = ("Extractor", "R1", "mAP", "People", "Queries", "Gallery", "Unread")


@dataclass(frozen=True, slots=True)
class AppearanceScores:
    """How well one extractor distinguishes people.

    Attributes:
        name: name of the extractor.
        scores: R1 and mAP over the boxes that it could read.
        num_unread: boxes that it could not read, such as those that a detector missed; they are neither queries nor
            in the gallery.
    """

    name: str
    scores: RetrievalScores
    num_unread: int


def score_appearance(
    name: str, images: Iterable[LabelledImage], extract: Extractor, *, min_visibility: float = 0.7
) -> AppearanceScores:
    """R1 and mAP by the paper's protocol (`outrack.evaluation.reid`).

    Args:
        name: name of the extractor.
        images: frames with known identities.
        extract: embeddings of given boxes; a row that is not finite marks a box that could not be read.
        min_visibility: boxes with a lower visibility are omitted.

    Raises:
        ValueError: no identities, nothing could be read, or no identity was seen twice.
    """
    boxes, num_unread = read_boxes(name, images, extract, min_visibility=min_visibility)
    scores = tracklet_scores(boxes.embeddings, boxes.ids, boxes.order)
    return AppearanceScores(name, scores, num_unread)


def read_boxes(
    name: str, images: Iterable[LabelledImage], extract: Extractor, *, min_visibility: float = 0.7
) -> tuple[EmbeddedBoxes, int]:
    """The boxes that an extractor could read, and how many it could not. Arguments and errors as above."""
    boxes = embed_boxes(images, extract, min_visibility=min_visibility)
    if not len(boxes.ids):
        raise ValueError(f"no labelled identity has a visibility of {min_visibility:.0%} or more in these frames")
    is_read = np.asarray(np.isfinite(boxes.embeddings).all(axis=1))
    if not is_read.any():
        raise ValueError(f"{name}: none of the {len(is_read)} boxes was detected; a larger --imgsz may help")
    read = EmbeddedBoxes(boxes.embeddings[is_read], boxes.ids[is_read], boxes.order[is_read])
    return read, int((~is_read).sum())


def reid_table(rows: Sequence[AppearanceScores]) -> Table:
    """The table for the terminal."""
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(HEADER):
        table.add_column(name, justify="right" if place else "left", no_wrap=bool(place), overflow="fold")
    for cells in _cells(rows):
        table.add_row(*cells)
    return table


def as_json(rows: Sequence[AppearanceScores]) -> str:
    """Everything, unrounded."""
    return json.dumps([_flat(row) for row in rows], indent=2) + "\n"


def as_csv(rows: Sequence[AppearanceScores]) -> str:
    """One line per extractor, unrounded."""
    text = io.StringIO()
    flat = [_flat(row) for row in rows]
    table = csv.DictWriter(text, flat[0].keys(), lineterminator="\n")
    table.writeheader()
    table.writerows(flat)
    return text.getvalue()


def as_markdown(rows: Sequence[AppearanceScores]) -> str:
    """A table for a README."""
    lines = [HEADER, ("---", *["---:"] * (len(HEADER) - 1)), *_cells(rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


REPORTS: dict[str, Callable[[Sequence[AppearanceScores]], str]] = {
    ".json": as_json,
    ".csv": as_csv,
    ".md": as_markdown,
}
REID_SUFFIXES = tuple(REPORTS)


def write_reid_report(path: Path, rows: Sequence[AppearanceScores]) -> None:
    """Write `.json`, `.csv` or `.md`, by suffix; missing folders are created.

    Raises:
        ValueError: another suffix.
        OSError: the file cannot be written.
    """
    if path.suffix not in REPORTS:
        raise ValueError(f"{path}: expected a report to end in {', '.join(REPORTS)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(REPORTS[path.suffix](rows), encoding="utf-8")


def _cells(rows: Sequence[AppearanceScores]) -> list[tuple[str, ...]]:
    return [
        (
            row.name,
            f"{row.scores.r1:.2f}",
            f"{row.scores.mean_ap:.2f}",
            *map(str, (row.scores.num_ids, row.scores.num_queries, row.scores.num_gallery, row.num_unread)),
        )
        for row in rows
    ]


def _flat(row: AppearanceScores) -> dict[str, object]:
    return {"extractor": row.name, **asdict(row.scores), "num_unread": row.num_unread}
