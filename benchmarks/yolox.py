"""YOLOX-nano, a common choice without a GPU: an ONNX file with raw outputs, decoded as by its authors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image

from outrack.boxes import iou
from outrack.structures import Detections, Frame

__all__ = ["YoloxNano"]

SIDE, STRIDES, PERSON = 416, (8, 16, 32), 0
SAME_IOU = 0.45
"""Threshold of non-maximum suppression in YOLOX's own ONNX demo."""


class YoloxNano:
    """People of a frame by YOLOX-nano at 416x416 pixels.

    Args:
        path: `yolox_nano.onnx`.
        conf: score from which boxes are kept.
    """

    def __init__(self, path: Path, conf: float = 0.05) -> None:
        self._session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._conf = conf
        cells = [
            np.concatenate([np.indices((SIDE // s, SIDE // s))[::-1].reshape(2, -1).T, np.full((side**2, 1), s)], 1)
            for s in STRIDES
            for side in (SIDE // s,)
        ]
        grid = np.concatenate(cells).astype(np.float32)
        self._cell, self._stride = grid[:, :2], grid[:, 2:]

    def __call__(self, frame: Frame) -> Detections:
        height, width, _ = frame.pixels.shape
        ratio = min(SIDE / height, SIDE / width)
        size = (int(width * ratio), int(height * ratio))
        canvas = np.full((SIDE, SIDE, 3), 114, np.uint8)
        canvas[: size[1], : size[0]] = np.asarray(Image.fromarray(frame.pixels).resize(size, reducing_gap=1.0))
        return self.on_canvas(canvas, ratio)

    def on_canvas(self, canvas: NDArray[np.uint8], ratio: float) -> Detections:
        """People of a picture that was scaled by `ratio` into the upper left of RGB pixels (416, 416, 3)."""
        blob = canvas[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        out: NDArray[np.float32] = self._session.run(None, {self._input: blob})[0][0]
        scores = out[:, 4] * out[:, 5 + PERSON]
        keep = scores >= self._conf
        centre = (out[keep, :2] + self._cell[keep]) * self._stride[keep]
        half = np.exp(out[keep, 2:4]) * self._stride[keep] / 2
        xyxy = (np.concatenate([centre - half, centre + half], axis=1) / ratio).astype(np.float64)
        rows = suppressed(xyxy, scores[keep])
        return Detections(xyxy[rows], scores[keep][rows].astype(np.float64))

    def reset(self) -> None:
        """Nothing to forget."""


def suppressed(xyxy: NDArray[np.float64], scores: NDArray[np.float32]) -> list[int]:
    """Rows that stay after greedy suppression of boxes that overlap a better one by more than `SAME_IOU`."""
    left = np.argsort(-scores)
    kept: list[int] = []
    while len(left):
        best, rest = left[0], left[1:]
        kept.append(int(best))
        left = rest[iou(xyxy[[best]], xyxy[rest])[0] <= SAME_IOU] if len(rest) else rest
    return kept
