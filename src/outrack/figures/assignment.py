"""Assignment of the objects of two frames by appearance alone (paper Fig. 7)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from outrack.boxes import clip_xyxy, xyxy_area
from outrack.datasets import Annotation, LabelledImage
from outrack.evaluation.reid import Extractor
from outrack.figures.canvas import INK, MUTED, SMALL, box_colour, draw_box, show_picture, window_around
from outrack.video.colours import ink_on

__all__ = ["assignment_matrix", "draw_assignment"]

WHITE_TO_BLUE = LinearSegmentedColormap.from_list("assignment", ["#ffffff", "#cfe0f5", "#4a86c8", "#123c73"])


def assignment_matrix(first: NDArray[np.floating[Any]], second: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """M' of paper Eq. 2 for the objects of one frame: the softmax over all other objects and the placeholder.

    The placeholder is the mean similarity, and the temperature 2 ln(C + 1) with C columns, as in training
    (`outrack.losses.utrack`).

    Args:
        first: embeddings (N, D) of the frame whose objects are assigned.
        second: embeddings (M, D) of the other frame.

    Returns:
        (N, M + 2): weights of the objects of the other frame, of the placeholder, and the sum over the own frame. Rows
        sum to 1.
    """
    both = np.concatenate([first, second]).astype(np.float64)
    both = both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-12)
    cosine, n, total = both @ both.T, len(first), len(both)
    others = ~np.eye(total, dtype=bool)
    placeholder = cosine[others].mean() if total > 1 else 0.0
    temperature = 2 * math.log(total + 1 + 1)
    columns = np.where(others, cosine, -np.inf)[:n]  # (N, N + M)
    columns = temperature * np.concatenate([columns, np.full((n, 1), placeholder)], axis=1)
    weights = np.exp(columns - columns.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.concatenate([weights[:, n:], weights[:, :n].sum(axis=1, keepdims=True)], axis=1)


def draw_assignment(
    first: LabelledImage,
    second: LabelledImage,
    extract: Extractor,
    *,
    name: str,
    max_people: int = 16,
    min_visibility: float = 0.3,
) -> Figure:
    """Both frames with their boxes, and between them the assignment matrix.

    Args:
        first, second: frames with identities.
        extract: computes the embeddings of their boxes.
        name: name of the extractor, for the title.
        max_people: number of people of each frame that are shown and compared, the largest ones.
        min_visibility: people with a lower known visibility are omitted.

    Raises:
        ValueError: there are no objects to show.
    """
    images, people, embeddings = (first, second), [], []
    for image in images:
        chosen, read = _read_people(image, extract, max_people, min_visibility)
        people.append(chosen)
        embeddings.append(read)
    matrix = assignment_matrix(*embeddings)
    rows, columns = (_ids(found) for found in people)
    figure = Figure(figsize=(13.5, 4.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1.15, 1))
    for axes, image, found in zip((left, right), images, people, strict=True):
        height, width, _ = image.pixels.shape
        show_picture(
            axes,
            image.pixels,
            f"Frame {image.frame + 1}",
            window_around(found.xyxy, (width, height), margin=0.06, aspect=1.1),
        )
        for box, identity in zip(found.xyxy, _ids(found), strict=True):
            draw_box(axes, box, box_colour(identity), str(identity))
    _draw_matrix(middle, matrix, rows, columns)
    right_choices = [rows[row] == columns[best] for row, best in _choices(matrix) if rows[row] in columns]
    middle.set_title(f"Assignment by {name}", fontsize=10, color=INK, loc="left", fontweight="bold", pad=8)
    middle.set_xlabel(
        f"{sum(right_choices)} of the {len(right_choices)} people in both frames are assigned correctly",
        fontsize=8,
        color=MUTED,
        loc="left",
    )
    return figure


def _choices(matrix: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The best column of each row among the people of the other frame."""
    return list(enumerate(matrix[:, :-2].argmax(axis=1).tolist()))


def _read_people(
    image: LabelledImage, extract: Extractor, max_people: int, min_visibility: float
) -> tuple[Annotation, NDArray[np.float32]]:
    """The largest people of a frame with an embedding, by id, and their embeddings."""
    people = image.annotation
    assert people.ids is not None
    height, width, _ = image.pixels.shape
    area = xyxy_area(clip_xyxy(people.xyxy, width, height))
    usable = (people.ids >= 0) & ~people.ignore & (area > 0)
    if people.visibility is not None:
        usable &= people.visibility >= min_visibility
    if not usable.any():
        raise ValueError(f"{image.scene}: no objects in frame {image.frame + 1}; choose another frame")
    candidates = people[usable]
    embeddings = np.asarray(extract(image.pixels, candidates.xyxy), np.float32)
    is_read = np.asarray(np.isfinite(embeddings).all(axis=1))
    if not is_read.any():
        raise ValueError(
            f"{image.scene}: the network detects none of the objects of frame {image.frame + 1}; try a larger --imgsz"
        )
    largest = np.argsort(np.where(is_read, -area[usable], np.inf), kind="stable")[: min(max_people, is_read.sum())]
    assert candidates.ids is not None
    by_id = largest[np.argsort(candidates.ids[largest])]
    return candidates[by_id], embeddings[by_id]


def _ids(people: Annotation) -> list[int]:
    return [] if people.ids is None else [int(identity) for identity in people.ids]


def _draw_matrix(axes: Axes, matrix: NDArray[np.float64], rows: list[int], columns: list[int]) -> None:
    strength = matrix / max(0.4, matrix[:, :-2].max())
    shades = WHITE_TO_BLUE(strength)
    shades[:, -2:, :3] = 1 - 0.35 * matrix[:, -2:, None]  # grey: these have no match in the other frame
    axes.imshow(shades, aspect="auto")
    axes.set_xticks(range(len(columns) + 2), [*map(str, columns), "none", "own\nframe"], fontsize=SMALL)
    axes.set_yticks(range(len(rows)), list(map(str, rows)), fontsize=SMALL)
    axes.tick_params(length=0, pad=3, top=False, labeltop=True, bottom=False, labelbottom=False)
    for label, identity in zip(axes.get_yticklabels(), rows, strict=True):
        _colour_label(label, identity)
    for label, identity in zip(axes.get_xticklabels(), columns, strict=False):
        _colour_label(label, identity)
    axes.set_xticks(np.arange(len(columns) + 3) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#e5e8ee", linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.axvline(len(columns) - 0.5, color=MUTED, linewidth=1.2)
    for row, column in np.argwhere(matrix >= 0.01).tolist():
        value = matrix[row, column]
        axes.text(
            column,
            row,
            f"{value:.2f}".removeprefix("0"),
            ha="center",
            va="center",
            fontsize=min(max(90 / len(columns), 4.5), 9),
            color="white" if column < len(columns) and strength[row, column] > 0.6 else INK,
        )
    for row, identity in enumerate(rows):
        if identity in columns:
            place = (columns.index(identity) - 0.46, row - 0.46)
            axes.add_patch(Rectangle(place, 0.92, 0.92, fill=False, edgecolor=box_colour(identity), linewidth=1.8))


def _colour_label(label: Any, identity: int) -> None:
    """Give the label of an id the background colour of its boxes."""
    colour = box_colour(identity)
    ink = ink_on((round(255 * colour[0]), round(255 * colour[1]), round(255 * colour[2])))
    label.set_color(np.array(ink) / 255)
    label.set_bbox({"facecolor": colour, "edgecolor": "none", "pad": 1.5})
