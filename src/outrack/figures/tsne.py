"""Embeddings in two dimensions, coloured by identity (paper Fig. 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from outrack.evaluation.reid import EmbeddedBoxes, tracklet_scores
from outrack.figures.canvas import INK, MUTED, SMALL, box_colour

__all__ = ["draw_tsne", "embed_on_plane", "first_people"]

PERPLEXITY = 30.0
MIN_BOXES = 8


def first_people(boxes: EmbeddedBoxes, count: int) -> EmbeddedBoxes:
    """Only the first `count` identities, as in the paper, which shows 30."""
    shown = boxes.ids < count  # ids are numbered in the order in which people appear
    return EmbeddedBoxes(boxes.embeddings[shown], boxes.ids[shown], boxes.order[shown])


def embed_on_plane(embeddings: NDArray[np.floating[Any]], *, seed: int = 0) -> NDArray[np.float64]:
    """t-SNE of unit vectors (N, D) by scikit-learn: points (N, 2) that preserve neighbourhoods.

    Raises:
        ImportError: scikit-learn is not installed.
        ValueError: fewer than 8 vectors.
    """
    try:
        from sklearn.manifold import TSNE  # takes a second, and only this figure needs it
    except ImportError as error:
        raise ImportError('t-SNE needs scikit-learn: pip install "outrack[viz]"') from error
    n = len(embeddings)
    if n < MIN_BOXES:
        raise ValueError(f"t-SNE needs at least {MIN_BOXES} boxes, got {n}; use more frames")
    length = np.linalg.norm(embeddings, axis=1, keepdims=True)
    unit = np.asarray(embeddings / np.maximum(length, 1e-12), np.float32)
    # Between unit vectors the squared Euclidean distance is twice the cosine distance.
    perplexity = min(PERPLEXITY, (n - 1) / 3)
    plane = TSNE(perplexity=perplexity, init="random", random_state=seed).fit_transform(unit)
    return np.asarray(plane, np.float64)


def draw_tsne(panels: Mapping[str, EmbeddedBoxes], *, seed: int = 0) -> Figure:
    """One panel per extractor, all of the same people: one colour and one number per person.

    Args:
        panels: {title of the panel: boxes}; R1 and mAP of exactly these boxes are printed below it.
        seed: seed of t-SNE's initialisation.

    Raises:
        ValueError: too few boxes, or there is no panel.
    """
    if not panels:
        raise ValueError("nothing to show: no extractor was given")
    figure = Figure(figsize=(4.6 * len(panels), 4.9), layout="constrained")
    for place, (name, boxes) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(1, len(panels), place)
        _draw_panel(axes, embed_on_plane(boxes.embeddings, seed=seed), boxes.ids)
        axes.set_title(name, fontsize=10, color=INK, loc="left", fontweight="bold")
        axes.set_xlabel(_caption(boxes), fontsize=8, color=MUTED, loc="left")
    return figure


def _draw_panel(axes: Axes, points: NDArray[np.float64], ids: NDArray[np.int64]) -> None:
    colours = np.array([box_colour(identity + 1) for identity in ids.tolist()])
    axes.scatter(points[:, 0], points[:, 1], s=14, c=colours, linewidths=0.25, edgecolors="white", alpha=0.9)
    for identity in np.unique(ids).tolist():
        own = points[ids == identity]
        x, y = own[np.linalg.norm(own - np.median(own, axis=0), axis=1).argmin()]
        text = axes.annotate(
            str(identity + 1), (x, y), (4, 4), textcoords="offset points", fontsize=SMALL + 0.5, color=INK
        )
        text.set_path_effects([withStroke(linewidth=1.5, foreground="white")])
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.04)
    for spine in axes.spines.values():
        spine.set_color("#d7dae0")


def _caption(boxes: EmbeddedBoxes) -> str:
    counts = f"{len(np.unique(boxes.ids))} people, {len(boxes.ids):,} boxes"
    if np.unique(boxes.ids, return_counts=True)[1].max() < 2:
        return counts
    scores = tracklet_scores(boxes.embeddings, boxes.ids, boxes.order)
    return f"{counts}   R1 {scores.r1:.1f}   mAP {scores.mean_ap:.1f}"
