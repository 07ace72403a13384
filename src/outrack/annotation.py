"""The annotation type that every dataset adapter returns, for training and evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.io.pictures import read_image

__all__ = ["AnnotatedImage", "Annotation", "LabelledImage"]


@dataclass(frozen=True, slots=True, eq=False)
class Annotation:
    """The labelled boxes of one image.

    Attributes:
        xyxy: boxes in image pixels, float64 (N, 4). Full-body ("amodal") boxes may leave the image.
        class_ids: int64 (N,); 0 is a person.
        ignore: bool (N,); True marks a region that is neither an object nor background (a crowd, a reflection):
            ignored by losses and metrics.
        visibility: visible share of each box in 0..1, float64 (N,); None if the dataset has none.
        ids: identity of each box within its video, int64 (N,), -1 if unknown; None if the dataset has none. Used only
            by the supervised baseline and by evaluation, never by unsupervised Re-ID learning.
    """

    xyxy: NDArray[np.float64]
    class_ids: NDArray[np.int64]
    ignore: NDArray[np.bool_]
    visibility: NDArray[np.float64] | None = None
    ids: NDArray[np.int64] | None = None

    @classmethod
    def of_people(cls, xyxy: NDArray[np.float64], ids: NDArray[np.int64] | None = None) -> Annotation:
        """People at `xyxy` (N, 4), nothing ignored."""
        n = len(xyxy)
        return cls(np.asarray(xyxy, np.float64).reshape(n, 4), np.zeros(n, np.int64), np.zeros(n, bool), ids=ids)

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, rows: NDArray[Any]) -> Annotation:
        """The chosen boxes (mask or indices)."""
        return Annotation(
            self.xyxy[rows],
            self.class_ids[rows],
            self.ignore[rows],
            None if self.visibility is None else self.visibility[rows],
            None if self.ids is None else self.ids[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImage:
    """An image in memory with its boxes.

    Attributes:
        pixels: RGB uint8 (H, W, 3).
        annotation: its boxes, in these pixels.
        scene: name of the video, or of the still: images of different scenes show different people.
        frame: position in the video from 0; 0 for a still.
    """

    pixels: NDArray[np.uint8]
    annotation: Annotation
    scene: str
    frame: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedImage:
    """An image on disk with its boxes.

    Attributes:
        path: image file.
        width, height: size in pixels that the boxes refer to.
        annotation: its boxes.
        video: name of its video; None for a still.
        frame: position in the video from 0; 0 for a still.
        upright: the boxes are those of the image turned by its EXIF orientation, as `outrack track` sees it. Labels of
            datasets ignore it.
    """

    path: Path
    width: int
    height: int
    annotation: Annotation
    video: str | None = None
    frame: int = 0
    upright: bool = False

    def read(self) -> LabelledImage:
        """Decode the file.

        Raises:
            FileNotFoundError: the image is missing.
            ValueError: it cannot be decoded, or has another size than the label says.
        """
        pixels = read_image(self.path, upright=self.upright)
        if pixels.shape[:2] != (self.height, self.width):
            raise ValueError(
                f"{self.path}: the label says {self.width}x{self.height}, but the image has "
                f"{pixels.shape[1]}x{pixels.shape[0]}. Do the boxes belong to another version of this image?"
            )
        return LabelledImage(pixels, self.annotation, self.video or str(self.path), self.frame)
