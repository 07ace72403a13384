"""Recovered tracks: before, detections, occlusions, after (paper Fig. 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from outrack.boxes import intersection_area, overlap_xyxy, xyxy_area
from outrack.figures.canvas import Window, box_colour, draw_box, show_picture, window_around
from outrack.figures.footage import TrackedFrame
from outrack.figures.heatmap import draw_tracks, show_heat
from outrack.structures import TrackState

__all__ = ["RefindingCase", "draw_refinding", "refinding_cases"]

GREY = (0.93, 0.93, 0.93)
POINT = "#35d0ff"


class RefindingCase(NamedTuple):
    """A recovered track: the first frame in which it was recovered, and the one before.

    Attributes:
        before, now: the frames.
        identity: track id of the person.
    """

    before: TrackedFrame
    now: TrackedFrame
    identity: int

    @property
    def box(self) -> NDArray[np.float64]:
        """The recovered box, (4,)."""
        row = int(np.flatnonzero(self.now.tracks.ids == self.identity)[0])
        return np.asarray(self.now.tracks.xyxy[row])


def refinding_cases(tracked_frames: Iterable[TrackedFrame], *, max_cases: int = 3) -> list[RefindingCase]:
    """The refound people with the largest boxes, one case per person, sorted by time.

    A case is the first frame after a detected box in which the box was recovered.

    Args:
        tracked_frames: consecutive frames.
        max_cases: maximum number.

    Raises:
        ValueError: no track was recovered, or fewer than two frames were given.
    """
    largest: dict[int, tuple[float, RefindingCase]] = {}
    before: TrackedFrame | None = None
    num_frames = 0
    for tracked in tracked_frames:
        num_frames += 1
        if before is not None:
            seen_before = set(before.tracks.ids[before.tracks.states == TrackState.DETECTED].tolist())
            height, width, _ = tracked.frame.pixels.shape
            is_refound = tracked.tracks.states == TrackState.REFOUND
            area = intersection_area(tracked.tracks.xyxy, np.array([[0.0, 0, width, height]]))[:, 0]
            for row in np.flatnonzero(is_refound).tolist():
                identity = int(tracked.tracks.ids[row])
                known = largest.get(identity)
                if identity in seen_before and (known is None or area[row] > known[0]):
                    largest[identity] = (float(area[row]), RefindingCase(before, tracked, identity))
        before = tracked
    if num_frames < 2:
        raise ValueError(f"refinding needs at least two frames, got {num_frames}")
    if not largest:
        raise ValueError(f"no track was recovered in these {num_frames} frames; try others, or more (--max-frames)")
    best = sorted(largest.values(), key=lambda entry: -entry[0])[:max_cases]
    return sorted((case for _, case in best), key=lambda case: (case.now.number, case.identity))


def draw_refinding(cases: Sequence[RefindingCase]) -> Figure:
    """One row per case: tracks before, detections, occlusions and tracks after, all cropped around the person.

    Raises:
        ValueError: there is no case.
    """
    if not cases:
        raise ValueError("there is no case to show")
    figure = Figure(figsize=(12, 3.15 * len(cases)), layout="constrained")
    for case, panels in zip(cases, figure.subplots(len(cases), 4, squeeze=False), strict=True):
        window = _window(case)
        show_picture(panels[0], case.before.frame.pixels, f"Tracks, frame {case.before.number}", window)
        draw_tracks(panels[0], case.before.tracks)
        show_picture(panels[1], case.now.frame.pixels, f"Detections, frame {case.now.number}", window)
        for box, score in zip(case.now.detections.xyxy, case.now.detections.scores.tolist(), strict=True):
            draw_box(panels[1], box, GREY, f"{score:.2f}" if score < 1 else "")
        _draw_evidence(panels[2], case, window)
        title = f"Tracks, frame {case.now.number}: {case.identity} is recovered"
        show_picture(panels[3], case.now.frame.pixels, title, window)
        draw_tracks(panels[3], case.now.tracks)
        draw_box(panels[3], case.box, box_colour(case.identity), str(case.identity), style="dashed", width=2.4)
    return figure


def _draw_evidence(axes: Axes, case: RefindingCase, window: Window) -> None:
    """Draw the predicted occlusions, or the overlap that is used instead."""
    points = case.now.detections.occlusions
    if points is not None:
        highest = float(points[:, 2].max(initial=0))
        title = f"Occlusions, up to {highest:.2f}" if len(points) else "No occlusion predicted"
        show_heat(axes, case.now, title, window, highest=highest)
        axes.scatter(points[:, 0], points[:, 1], s=22, marker="+", c=POINT, linewidths=1.2, clip_on=True)
    else:
        show_picture(axes, case.now.frame.pixels, f"Overlap, frame {case.now.number} (no occlusion head)", window)
        others = case.now.tracks.xyxy[case.now.tracks.ids != case.identity]
        if len(others):
            x1, y1, x2, y2 = overlap_xyxy(case.box[None], others)[0, _occluder(case.box, others)]
            axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, facecolor=POINT, edgecolor="none", alpha=0.45))
    draw_box(axes, case.box, box_colour(case.identity), style="dotted")


def _occluder(box: NDArray[np.float64], others: NDArray[np.float64]) -> int:
    return int(intersection_area(box[None], others)[0].argmax())


def _window(case: RefindingCase) -> Window:
    """The part of the picture with the refound person and the occluder, with a margin."""
    height, width, _ = case.now.frame.pixels.shape
    others = case.now.tracks.xyxy[case.now.tracks.ids != case.identity]
    boxes = case.box[None]
    if len(others) and xyxy_area(overlap_xyxy(boxes, others)[0]).max() > 0:
        boxes = np.concatenate([boxes, others[[_occluder(case.box, others)]]])
    return window_around(boxes, (width, height), margin=0.45, aspect=1.0)
