"""MOTChallenge 15, 16, 17 and 20, and folders of the same layout, for training.

SEQUENCE/{seqinfo.ini, img1/000001.jpg ..., gt/gt.txt, det/det.txt}, or a video SEQUENCE.mp4 instead of img1/
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.annotation import AnnotatedImage, Annotation
from outrack.boxes import clip_xyxy
from outrack.datasets.cleaning import drop_unusable_boxes, image_size
from outrack.datasets.halves import frames_of_half
from outrack.datasets.video_frames import extract_frames
from outrack.datasets.video_of_boxes import sequence_video
from outrack.io.ground_truth import read_ground_truth
from outrack.io.motchallenge import SequenceInfo
from outrack.io.sequence_folder import PUBLIC_DETECTORS, numbered_pictures, split_copy
from outrack.io.sequences import DISTRACTORS, PEDESTRIAN, LabelledSequence

__all__ = [
    "AMODAL",
    "CENTERTRACK",
    "FAIRMOT",
    "LabelRule",
    "MotSequence",
    "find_sequences",
    "read_sequence",
    "read_sequences",
    "sequences_below",
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LabelRule:
    """Which rows of a ground truth are people to learn, and which are regions to ignore; the others are background.

    Attributes:
        min_visibility: people with a lower visibility are background; 0 keeps all.
        ignore_classes: classes of MOTChallenge that become ignore regions, regardless of their flag.
    """

    min_visibility: float = 0.0
    ignore_classes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.min_visibility <= 1:
            raise ValueError(f"min_visibility must be in 0..1, got {self.min_visibility}")
        if PEDESTRIAN in self.ignore_classes:
            raise ValueError("class 1, the pedestrians, cannot be ignored: nothing would remain to learn")

    def people(self, truth: LabelledSequence) -> NDArray[np.bool_]:
        """Rows to learn, bool (R,). If visibility is unknown (MOT15), every person counts as visible."""
        counted: NDArray[np.bool_] = truth.counted & (truth.classes == PEDESTRIAN)
        if truth.visibility is not None:
            counted &= truth.visibility >= self.min_visibility
        return counted

    def ignored(self, truth: LabelledSequence) -> NDArray[np.bool_]:
        """Rows that become ignore regions, bool (R,)."""
        return np.isin(truth.classes, self.ignore_classes)


FAIRMOT = LabelRule()
"""FairMOT and OUTrack: every pedestrian with flag 1, even if hidden (notes#layouts); occlusion targets need them."""
CENTERTRACK = LabelRule(min_visibility=0.25, ignore_classes=DISTRACTORS)
"""CenterTrack: pedestrians at least a quarter visible; riders, static people, distractors and reflections are ignored.
Its code first requires flag 1, which these classes never have, so it ignores nothing; we follow its intention."""

AMODAL = LabelRule(ignore_classes=DISTRACTORS)
"""Every pedestrian, even if hidden; riders, static people, distractors and reflections are ignored. For detectors used
outside the benchmark: a sitting person is not background."""


@dataclass(frozen=True, slots=True)
class MotSequence:
    """A sequence folder.

    Attributes:
        folder: folder of the sequence.
        info: content of its `seqinfo.ini`.
    """

    folder: Path
    info: SequenceInfo

    @classmethod
    def open(cls, folder: Path) -> MotSequence:
        """Read `folder/seqinfo.ini`; errors as for `SequenceInfo.read`."""
        return cls(folder, SequenceInfo.read(folder / "seqinfo.ini"))

    @property
    def name(self) -> str:
        """The folder's name, which result files use; the name in `seqinfo.ini` may be that of a copied folder."""
        return self.folder.resolve().name

    def ground_truth(self) -> LabelledSequence:
        """Every row of `gt/gt.txt`, sorted by frame, then id; errors as for `read_ground_truth`. No image is needed."""
        path = self.folder / "gt" / "gt.txt"
        return read_ground_truth(path, name=self.name, num_frames=self.info.num_frames).in_order()

    def image_paths(self) -> dict[int, Path]:
        """The images on disk, {1-based frame: file}, in order: often fewer than `seqinfo.ini` states. Frames of a video
        that stands for them are stored in the cache folder.

        Raises:
            FileNotFoundError: there is neither an image folder nor a video of the sequence's name.
            ValueError: an image is beyond the length of the sequence, the video is shorter, or as for
                `numbered_pictures`.
        """
        folder = self.folder / self.info.image_dir
        if not folder.is_dir():
            video = sequence_video(self.folder)
            if video is not None:
                return {frame + 1: path for frame, path in extract_frames(video, range(self.info.num_frames)).items()}
            raise FileNotFoundError(
                f"{folder}: no such folder, but seqinfo.ini names it as the image folder, and there is no video "
                f"{self.name}.mp4 either"
            )
        numbered = numbered_pictures(folder, self.info.suffix)
        beyond = [path for frame, path in numbered.items() if not 1 <= frame <= self.info.num_frames]
        if beyond:
            raise ValueError(f"{min(beyond)}: beyond the {self.info.num_frames} frames of seqinfo.ini (seqLength)")
        return numbered


def read_sequence(
    folder: Path, *, rule: LabelRule = FAIRMOT, half: str = "full", clip_boxes: bool = False
) -> list[AnnotatedImage]:
    """Frames of a sequence that have an image on disk, with the boxes to learn; frames without people included.

    Args:
        folder: the sequence.
        rule: which rows are people, which are ignored.
        half: `full` or a half, see `outrack.datasets.halves`.
        clip_boxes: clip boxes to the image. MOT15 to 17 label people beyond its border; in MOT20 boxes end there, so a
            mixture is consistent only if all are clipped.

    Raises:
        FileNotFoundError: no `seqinfo.ini`, ground truth or image folder.
        ValueError: one of them is malformed; names file and line.
    """
    sequence = MotSequence.open(folder)
    paths = sequence.image_paths()
    truth, info = sequence.ground_truth(), sequence.info
    if len(paths) < info.num_frames:
        logger.warning("%s: %d of the %d frames in seqinfo.ini have a picture", folder, len(paths), info.num_frames)
    if not paths:
        return []
    width, height = (info.width, info.height) if info.width and info.height else image_size(next(iter(paths.values())))
    ignored = rule.ignored(truth)
    used = rule.people(truth) | ignored
    truth, ignored = truth[used], ignored[used]
    xyxy = clip_xyxy(truth.xyxy, width, height) if clip_boxes else truth.xyxy
    boxes = Annotation(xyxy, np.zeros(len(truth), np.int64), ignored, truth.visibility, truth.ids)
    images = []
    for frame in frames_of_half(half, sequence.name, info.num_frames):
        if frame in paths:
            rows = np.arange(*np.searchsorted(truth.frames, [frame, frame + 1]))
            images.append(AnnotatedImage(paths[frame], width, height, boxes[rows], sequence.name, frame - 1))
    return drop_unusable_boxes(images, folder)


def find_sequences(root: Path) -> list[Path]:
    """Sequence folders directly below `root` that have ground truth, by name.

    MOT17 keeps three copies of each sequence, one per public detector; only one of them is returned: that of SDP, on
    which OUTrack trains, or else of FRCNN.
    """
    folders = sorted(path.parent for path in root.glob("*/seqinfo.ini"))
    copies: dict[str, dict[str, Path]] = {}
    for folder in folders:
        if not (folder / "gt" / "gt.txt").is_file():
            logger.info("%s: no ground truth, skipped", folder)
            continue
        base, detector = split_copy(folder.name)
        copies.setdefault(base, {})[detector] = folder
    order = (*PUBLIC_DETECTORS, "")
    return [of[max(of, key=order.index)] for of in copies.values()]


def sequences_below(path: Path) -> list[Path]:
    """The folder itself if it is a sequence, otherwise the sequences in it or in its `train`."""
    if (path / "seqinfo.ini").is_file():
        return [path]
    return next((found for root in (path, path / "train") if root.is_dir() and (found := find_sequences(root))), [])


def read_sequences(
    folders: Sequence[Path], *, rule: LabelRule = FAIRMOT, half: str = "full", clip_boxes: bool = False
) -> list[AnnotatedImage]:
    """`read_sequence` for many folders, one after the other. Identities count within their sequence (`video`)."""
    return [image for folder in folders for image in read_sequence(folder, rule=rule, half=half, clip_boxes=clip_boxes)]
