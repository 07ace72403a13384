"""Writes synthetic crowds: MOTChallenge sequences, videos with boxes, stills with a COCO json."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from outrack.annotation import AnnotatedImage, Annotation, LabelledImage
from outrack.boxes import xyxy_to_xywh
from outrack.datasets.coco import write_coco_vid
from outrack.io.ground_truth import write_ground_truth
from outrack.io.motchallenge import SequenceInfo, result_line
from outrack.io.sequences import PEDESTRIAN, LabelledSequence
from outrack.synth.compose import ComposedVideo
from outrack.synth.detections import imperfect_detections

__all__ = ["write_sequence", "write_stills", "write_video"]

_JPEG_QUALITY = 92


def write_sequence(video: ComposedVideo, folder: Path, *, detections_seed: int | None = None, origin: str = "") -> Path:
    """Write a MOTChallenge sequence: `seqinfo.ini`, `img1/000001.jpg`..., `gt/gt.txt` (class 1, with visibility).

    Args:
        video: what to write.
        folder: parent of the new folder, which is named after the video and must not exist.
        detections_seed: seed of simulated detections, written to `det/det.txt`; None writes none.
        origin: one line about its origin, written as a comment to `seqinfo.ini`.

    Returns:
        The sequence's folder.

    Raises:
        FileExistsError: the sequence's folder already exists.
    """
    sequence = _new_folder(folder / video.name)
    images = sequence / "img1"
    images.mkdir()
    info = SequenceInfo(video.name, "img1", video.frame_rate, len(video), *video.size, ".jpg")
    info.write(sequence / "seqinfo.ini", comment=origin)
    labels: list[Annotation] = []
    found: list[str] = []
    for image in video:
        number = image.frame + 1
        Image.fromarray(image.pixels).save(images / f"{number:06d}.jpg", quality=_JPEG_QUALITY)
        labels.append(image.annotation)
        if detections_seed is not None:
            boxes = imperfect_detections(image, np.random.default_rng([detections_seed, number]))
            rows = zip(xyxy_to_xywh(boxes.xyxy), boxes.scores, strict=True)
            found += [result_line(number, -1, xywh, score) for xywh, score in rows]
    write_ground_truth(sequence / "gt" / "gt.txt", _ground_truth(labels))
    if detections_seed is not None:
        (sequence / "det").mkdir()
        (sequence / "det" / "det.txt").write_text("".join(found), encoding="ascii")
    return sequence


def write_video(video: ComposedVideo, folder: Path, *, origin: str = "") -> Path:
    """Write `NAME.mp4` and `NAME.txt`, its ground truth in MOTChallenge's columns (class 1, visibility).
    `origin`: one line about its origin, written to the video's `comment`.

    Returns:
        The mp4 file.

    Raises:
        FileExistsError: one of the two files already exists.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, boxes = folder / f"{video.name}.mp4", folder / f"{video.name}.txt"
    for file in (path, boxes):
        if file.exists():
            raise FileExistsError(f"{file} already exists; choose another folder")
    labels: list[Annotation] = []
    with av.open(str(path), "w") as container:
        container.metadata["comment"] = origin
        stream = container.add_stream(
            "libx264", rate=Fraction(video.frame_rate).limit_denominator(1001), options={"crf": "18"}
        )
        stream.width, stream.height = (side + side % 2 for side in video.size)  # yuv420p needs even sizes
        stream.pix_fmt = "yuv420p"
        for image in video:
            height, width = image.pixels.shape[:2]
            padded = np.pad(image.pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(padded)))
            labels.append(image.annotation)
        container.mux(stream.encode())
    write_ground_truth(boxes, _ground_truth(labels))
    return path


def write_stills(images: Iterable[LabelledImage], folder: Path, *, origin: str = "") -> Path:
    """Write `images/000001.jpg`... and `annotations.json` (COCO, with visibility and identities).
    `origin`: one line about their origin, written to `info.description`.

    Returns:
        The json file.

    Raises:
        FileExistsError: the folder already exists and is not empty.
    """
    target = _new_folder(folder)
    (target / "images").mkdir()
    written = []
    for number, image in enumerate(images, start=1):
        path = target / "images" / f"{number:06d}.jpg"
        Image.fromarray(image.pixels).save(path, quality=_JPEG_QUALITY)
        height, width = image.pixels.shape[:2]
        written.append(AnnotatedImage(path, width, height, image.annotation))
    labels = target / "annotations.json"
    write_coco_vid(labels, written, origin=origin)
    return labels


def _new_folder(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} already exists and is not an empty folder; choose another one")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _ground_truth(labels: list[Annotation]) -> LabelledSequence:
    """The labels of all frames, in order, as ground truth rows."""
    counts = [len(label) for label in labels]
    ids = [label.ids for label in labels if label.ids is not None]
    visibility = [label.visibility for label in labels if label.visibility is not None]
    return LabelledSequence(
        name="",
        num_frames=len(labels),
        frames=np.repeat(np.arange(1, len(labels) + 1), counts),
        ids=np.concatenate(ids),
        xyxy=np.concatenate([label.xyxy for label in labels]),
        counted=np.ones(sum(counts), bool),
        classes=np.full(sum(counts), PEDESTRIAN),
        visibility=np.concatenate(visibility),
    )
