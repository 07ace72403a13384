"""Detections of a network in the test frames, stored on disk so that an interrupted run can continue."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from real_video.sequences import LabelledVideo

from outrack.structures import Detections, Frame
from outrack.video.camera_motion import CameraMotionEstimator

__all__ = ["Found", "detect"]


@dataclass(frozen=True)
class Found:
    """Detections of the test frames.

    Attributes:
        detections: by frame, from 0.
        motion: the camera's motion into each frame, (2, 3) affines, by frame.
        ms: median milliseconds of the detector and of the camera's motion for one frame.
    """

    detections: dict[int, Detections]
    motion: dict[int, NDArray[np.float64]]
    ms: float

    def save(self, path: Path) -> None:
        """Write one `.npz`; embeddings in half precision."""
        frames = sorted(self.detections)
        rows = [self.detections[frame] for frame in frames]
        columns: dict[str, NDArray[np.generic]] = {
            "frames": np.array(frames),
            "motion": np.array([self.motion[frame] for frame in frames]),
            "counts": np.array([len(one) for one in rows]),
            "ms": np.array(self.ms),
            "xyxy": np.concatenate([one.xyxy for one in rows]),
            "scores": np.concatenate([one.scores for one in rows]),
        }
        if rows[0].embeddings is not None:
            columns["embeddings"] = np.concatenate([one.embeddings for one in rows]).astype(np.float16)
        if rows[0].occlusions is not None:
            columns["points"] = np.concatenate([one.occlusions for one in rows])
            columns["point_counts"] = np.array([len(one.occlusions) for one in rows])
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part.npz")
        np.savez_compressed(unfinished, **columns)
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> Found:
        with np.load(path) as file:
            columns = {name: file[name] for name in file.files}
        frames = columns["frames"].tolist()
        cuts = np.cumsum(columns["counts"])[:-1]
        boxes, scores = np.split(columns["xyxy"], cuts), np.split(columns["scores"], cuts)
        nothing: list[None] = [None] * len(frames)
        embeddings = np.split(columns["embeddings"].astype(np.float32), cuts) if "embeddings" in columns else nothing
        points = (
            np.split(columns["points"], np.cumsum(columns["point_counts"])[:-1]) if "points" in columns else nothing
        )
        rows = zip(frames, boxes, scores, embeddings, points, strict=True)
        detections = {row[0]: Detections(row[1], row[2], embeddings=row[3], occlusions=row[4]) for row in rows}
        return cls(detections, dict(zip(frames, columns["motion"], strict=True)), float(columns["ms"]))


def detect(video: LabelledVideo, detector: Callable[[Frame], Detections]) -> Found:
    """Run the detector over the test frames."""
    estimator = CameraMotionEstimator()
    detections, motion, times = {}, {}, []
    for frame in video.frames():
        begun = time.perf_counter()
        detections[frame.index] = detector(frame)
        motion[frame.index] = estimator.update(frame.pixels, detections[frame.index].xyxy)
        times.append(1000 * (time.perf_counter() - begun))
    return Found(detections, motion, float(np.median(times)))
