"""Track with an ONNX detector of another project, here YOLOX-nano, and with the bundled appearance.

python examples/foreign_onnx.py yolox_nano.onnx [video] [output.csv] [frames]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image

import outrack

SAMPLE = Path(__file__).parents[1] / "samples" / "crossing.mp4"
SIDE, STRIDES, PERSON = 416, (8, 16, 32), 0


class YoloxNano:
    """People in a frame: x1, y1, x2, y2, score of each, (N, 5)."""

    def __init__(self, path: str) -> None:
        self.session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        sides = [SIDE // stride for stride in STRIDES]
        cells = [np.indices((side, side))[::-1].reshape(2, -1).T for side in sides]
        self.cell = np.concatenate(cells)
        self.stride = np.repeat(STRIDES, [side**2 for side in sides])[:, None]

    def __call__(self, frame: outrack.Frame) -> np.ndarray:
        height, width, _ = frame.pixels.shape
        ratio = min(SIDE / height, SIDE / width)
        size = (round(width * ratio), round(height * ratio))
        canvas = np.full((SIDE, SIDE, 3), 114, np.float32)  # letterbox: the picture, and grey below and beside it
        canvas[: size[1], : size[0]] = np.asarray(Image.fromarray(frame.pixels).resize(size))[..., ::-1]  # BGR
        name = self.session.get_inputs()[0].name
        (raw,) = self.session.run(None, {name: canvas.transpose(2, 0, 1)[None]})[0]  # (cells, 85)
        centre, half = (raw[:, :2] + self.cell) * self.stride, np.exp(raw[:, 2:4]) * self.stride / 2
        score = raw[:, 4] * raw[:, 5 + PERSON]
        boxes = np.column_stack([(centre - half) / ratio, (centre + half) / ratio, score])
        return best_of_each(boxes[score > 0.1])


def best_of_each(boxes: np.ndarray) -> np.ndarray:
    """Boxes (N, 5) without those that overlap a better one by an IoU of more than 0.45."""
    left, kept = boxes[np.argsort(-boxes[:, 4])], []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        shared = np.maximum(np.minimum(best[2:4], left[:, 2:4]) - np.maximum(best[:2], left[:, :2]), 0).prod(axis=1)
        area = (left[:, 2:4] - left[:, :2]).prod(axis=1) + (best[2:4] - best[:2]).prod()
        left = left[shared <= 0.45 * (area - shared)]
    return np.array(kept).reshape(-1, 5)


def main(weights: str, video: str = str(SAMPLE), output: str = "people.csv", frames: str = "100") -> None:
    summary = outrack.track(
        video, output, detector=YoloxNano(weights), appearance="bundled", max_frames=int(frames), overwrite=True
    )
    print(summary.num_people, "people in", summary.num_frames, "frames:", output)


if __name__ == "__main__":
    main(*sys.argv[1:])
