"""Training targets: heat maps and lists of supervised cells, made from boxes (notes#heads,
notes#occlusion-targets).

A cell is the flat index `y * w + x` of a map of h x w cells, each `stride` pixels wide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import clip_xyxy, gaussian_radius, occlusion_pairs, xyxy_to_cxcywh
from outrack.datasets import Annotation
from outrack.detectors.heatmap import draw_gaussian
from outrack.training.data.batch_targets import ImageTargets
from outrack.training.data.data_config import CentreRule

__all__ = ["LEAST_SEEN", "TargetEncoder"]

LEAST_SEEN = (0.35, 0.15)
"""Shares of the width and the height of a box: a third of a body's width, or head and shoulders."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TargetEncoder:
    """Turns the boxes of one image into targets.

    Attributes:
        width, height: size of the network's input in pixels, multiples of `stride`.
        stride: pixels per cell.
        num_classes: objects of other classes are ignored.
        occlusion_threshold: tau of paper Eq. 9: two boxes occlude each other when their overlap covers more than this
            share of the smaller one.
        min_visibility: the embedding does not learn from people with a lower visibility (0 in the paper). Boxes without
            a known visibility always count.
        hidden_below: people with a lower visibility are neither objects nor background: their position is ignored, and
            so are their occlusions, which nothing in the image shows. 0 is the paper, where completely hidden people
            are detected too.
        centre: where people whom the border cuts off are detected: at the middle of the whole body, moved into the
            image (`body`, as in FairMOT), or at the middle of the part in the image (`seen`). With `seen`, the place
            of people of whom less than `LEAST_SEEN` is in the image is ignored. Boxes are of the whole body with both.
    """

    width: int
    height: int
    stride: int = 4
    num_classes: int = 1
    occlusion_threshold: float = 0.7
    min_visibility: float = 0.0
    hidden_below: float = 0.0
    centre: CentreRule = "body"

    @property
    def map_width(self) -> int:
        """Number of columns of the map."""
        return self.width // self.stride

    @property
    def map_height(self) -> int:
        """Number of rows of the map."""
        return self.height // self.stride

    def __call__(self, annotation: Annotation) -> ImageTargets:
        """Targets of one image whose boxes are in input pixels."""
        w, h = self.map_width, self.map_height
        annotation = self._without_slivers(annotation)
        labelled = annotation[~annotation.ignore & (annotation.class_ids < self.num_classes)]
        xyxy = labelled.xyxy / self.stride
        centre, size = self._centre_and_size(xyxy)
        cell_xy = np.floor(centre).astype(np.int64)
        cell = cell_xy[:, 1] * w + cell_xy[:, 0]

        is_hidden = (
            np.zeros(len(cell), bool) if labelled.visibility is None else labelled.visibility < self.hidden_below
        )
        centres = np.zeros((self.num_classes, h, w), np.float32)
        hidden = np.zeros((1, h, w), np.float32)
        for (x, y), (box_w, box_h), class_id, out in zip(cell_xy, size, labelled.class_ids, is_hidden, strict=True):
            _draw(hidden[0] if out else centres[class_id], x, y, box_w, box_h)
        occlusion, unseen, occlusion_centre = self._occlusion(centre, size, is_hidden)
        occlusion_xy = np.floor(occlusion_centre).astype(np.int64)

        region = _inside(annotation.xyxy[annotation.ignore] / self.stride, w, h)
        people = self._one_per_cell(cell, labelled)
        identity = np.full(len(cell), -1) if labelled.ids is None else labelled.ids
        return ImageTargets(
            centres=centres,
            occlusion=occlusion,
            # A labelled person, and an occlusion of labelled people, still count inside an ignored crowd.
            ignore=(region | (hidden > 0)) & (centres.max(axis=0) == 0),
            occlusion_ignore=(region | (unseen > 0)) & (occlusion == 0),
            cell=cell[~is_hidden],
            ltrb=np.concatenate([centre - xyxy[:, :2], xyxy[:, 2:] - centre], axis=1)[~is_hidden],
            offset=(centre - cell_xy)[~is_hidden],
            identity=identity[~is_hidden],
            occlusion_cell=occlusion_xy[:, 1] * w + occlusion_xy[:, 0],
            occlusion_offset=occlusion_centre - occlusion_xy,
            person_cell=cell[people],
            person_xyxy=xyxy[people],
            person_identity=identity[people],
        )

    def _without_slivers(self, annotation: Annotation) -> Annotation:
        """The annotation, with people of whom too little is in the image ignored."""
        if self.centre == "body":
            return annotation
        inside = clip_xyxy(annotation.xyxy, self.width, self.height)
        share = (inside[:, 2:] - inside[:, :2]) / np.maximum(annotation.xyxy[:, 2:] - annotation.xyxy[:, :2], 1e-9)
        return replace(annotation, ignore=annotation.ignore | (share < LEAST_SEEN).any(axis=1))

    def _centre_and_size(self, xyxy: Floats) -> tuple[Floats, Floats]:
        """Where people are detected, and the size that decides how near a cell is to it, (N, 2) each, in cells."""
        w, h = self.map_width, self.map_height
        centre, size = np.split(xyxy_to_cxcywh(clip_xyxy(xyxy, w, h) if self.centre == "seen" else xyxy), 2, axis=1)
        # People whose centre has left the image are supervised at its border (notes#heads).
        return np.clip(centre, 0, (w - 1, h - 1)), size

    def _occlusion(
        self, centre: Floats, size: Floats, is_hidden: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], Floats]:
        """Heat map (1, h, w) of paper Eq. 11, the same of the occlusions of hidden people, and the centres (K, 2) of
        the former's overlaps, in cells.

        Boxes keep their size but are placed at the clipped centre, as in the official code (notes#occlusion-targets);
        with the centre of what is `seen`, they are the parts in the image.
        """
        w, h = self.map_width, self.map_height
        heatmap, unseen = np.zeros((2, 1, h, w), np.float32)
        boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
        pairs, overlap = occlusion_pairs(boxes, self.occlusion_threshold)
        overlap = clip_xyxy(overlap, w, h)
        inside = (overlap[:, 2:] > overlap[:, :2]).all(axis=1)
        is_unseen = is_hidden[pairs[inside, 0]] | is_hidden[pairs[inside, 1]]
        points = xyxy_to_cxcywh(overlap[inside])
        for (x, y, box_w, box_h), out in zip(points, is_unseen, strict=True):
            _draw(unseen[0] if out else heatmap[0], int(x), int(y), box_w, box_h)
        return heatmap, unseen, points[~is_unseen, :2]

    def _one_per_cell(self, cell: Ints, labelled: Annotation) -> Ints:
        """Rows of the people whose embedding is read: among those who share a cell, the one nearest to the camera.

        Two people in one cell have the same feature, which no loss can separate. The nearest is the one whose feet are
        lowest in the image.
        """
        rows = np.arange(len(cell))
        if labelled.visibility is not None:
            rows = rows[labelled.visibility >= self.min_visibility]
        nearest_first = rows[np.argsort(-labelled.xyxy[rows, 3], kind="stable")]
        _, first = np.unique(cell[nearest_first], return_index=True)
        return np.sort(nearest_first[first])


def _draw(heatmap: NDArray[np.float32], x: int, y: int, width: float, height: float) -> None:
    """Put the Gaussian of a box of `width` x `height` cells at a cell; CornerNet's radius rule
    (notes#occlusion-targets)."""
    draw_gaussian(heatmap, x, y, int(gaussian_radius(math.ceil(height), math.ceil(width))))


def _inside(xyxy: Floats, width: int, height: int) -> NDArray[np.bool_]:
    """Cells that a region touches, (height, width)."""
    mask = np.zeros((height, width), bool)
    for x1, y1, x2, y2 in clip_xyxy(xyxy, width, height):
        mask[math.floor(y1) : math.ceil(y2), math.floor(x1) : math.ceil(x2)] = True
    return mask
