"""Tracking scores during training: labelled videos, tracked online on letterboxed frames, at 30 frames per second if
their rate is unknown. Unlike `outrack track` on a file: every frame is detected, and tracks are not smoothed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from outrack.datasets import AnnotatedImage, LabelledImage
from outrack.detectors.checkpoint import CheckpointNetwork
from outrack.detectors.input_size import SMALLEST_SIDE
from outrack.detectors.open_network import detector_of
from outrack.evaluation.mot import Scores, evaluate_sequences
from outrack.evaluation.track_sequence import track_sequence
from outrack.io.sequences import DISTRACTORS, PEDESTRIAN, LabelledSequence
from outrack.models import DenseNetwork
from outrack.structures import Frame
from outrack.synth import ComposedVideo
from outrack.tracking import Tracker, TrackerConfig
from outrack.training.data.augment import Warp, warp_image
from outrack.training.data.data_config import SourceConfig
from outrack.training.data.sources import composed_pairs, images_of
from outrack.video.defaults import default_config_for

__all__ = ["TrackedVideo", "track_scores", "videos_of"]

FRAME_RATE = 30.0
"""Frames per second assumed for videos on disk; their labels do not state it."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackedVideo:
    """Consecutive frames of one video, letterboxed to the network's input; every box has an identity.

    Attributes:
        images: the frames, in order.
        frame_rate: frames per second, for the tracker.
    """

    images: tuple[LabelledImage, ...]
    frame_rate: float = FRAME_RATE

    def frames(self) -> Iterator[Frame]:
        """The frames that the detector is given."""
        for index, image in enumerate(self.images):
            yield Frame(image.pixels, index, index / self.frame_rate)

    def truth(self) -> LabelledSequence:
        """The ground truth. A track in an ignored region, or on a person of unknown identity, counts neither as right
        nor as wrong: such boxes are MOTChallenge's distractors."""
        notes = [image.annotation for image in self.images]
        ids = np.concatenate([note.ids for note in notes if note.ids is not None])
        counted = (ids >= 0) & ~np.concatenate([note.ignore for note in notes])
        return LabelledSequence(
            name=self.images[0].scene,
            num_frames=len(notes),
            frames=np.repeat(np.arange(1, len(notes) + 1), [len(note) for note in notes]),
            ids=ids,
            xyxy=np.concatenate([note.xyxy for note in notes]),
            counted=counted,
            classes=np.where(counted, PEDESTRIAN, DISTRACTORS[0]),
        )


def track_scores(network: DenseNetwork, videos: Sequence[TrackedVideo]) -> Scores:
    """Track `videos` and score them together, as plain ground truth.

    Args:
        network: in evaluation mode.
        videos: with frames of the size of the network's input.

    Raises:
        ImportError: TrackEval is not installed.
    """
    pixels = videos[0].images[0].pixels
    detector = detector_of(
        CheckpointNetwork(network, name=network.architecture),
        min_score=TrackerConfig().low_score,
        image_size=(pixels.shape[1], pixels.shape[0]),
    )
    settings = default_config_for(detector)
    pairs = [
        (video.truth(), track_sequence(video.frames(), detector, Tracker(settings, frame_rate=video.frame_rate)))
        for video in videos
    ]
    return evaluate_sequences(pairs, benchmark="plain").combined


def videos_of(
    source: SourceConfig, root: Path, *, size: tuple[int, int], limit: int, seed: int
) -> tuple[TrackedVideo, ...]:
    """The videos of a source: those on disk, or one composed video.

    Args:
        source: settings of the source.
        root: folder that its path is relative to.
        size: width and height of the network's input.
        limit: maximum number of frames: the first ones of each video, equally many of each.
        seed: seed of the composed video.

    Raises:
        FileNotFoundError, ValueError: the source is missing or empty, or has stills, or boxes without identities.
        ValueError: `size` is smaller than tracking allows.
    """
    if min(size) < SMALLEST_SIDE:
        raise ValueError(
            f"validation.sources, track: tracking needs an input of at least {SMALLEST_SIDE} pixels per side, got "
            f"{size[0]}x{size[1]}; increase model.width and model.height, or omit `track`"
        )
    if source.path is None:
        pairs = composed_pairs(source, root, size=size)
        made = ComposedVideo(
            pairs.crowds[0],
            seed=seed,
            size=size,
            num_frames=limit,
            num_people=sum(source.people) // 2,
            difficulty=source.difficulty[0],
        )
        return (TrackedVideo(tuple(made), made.frame_rate),)
    by_video: dict[str, list[AnnotatedImage]] = {}
    for image in images_of(source, root):
        if image.video is None or image.annotation.ids is None:
            lacking = "is a still" if image.video is None else "has boxes without identities"
            raise ValueError(
                f"validation.sources, {source.path}: track needs frames of videos with identities, but {image.path} "
                f"{lacking}. Omit `track`, or use a MOTChallenge sequence, COCO-VID or tracks corrected in CVAT"
            )
        by_video.setdefault(image.video, []).append(image)
    each = max(limit // len(by_video), 1)
    return tuple(
        TrackedVideo(tuple(_letterboxed(image, size) for image in sorted(images, key=_frame)[:each]))
        for images in by_video.values()
    )


def _letterboxed(image: AnnotatedImage, size: tuple[int, int]) -> LabelledImage:
    return warp_image(image.read(), Warp(), size)


def _frame(image: AnnotatedImage) -> int:
    return image.frame
