"""Validation on held-out data: loss, AP, Re-ID ranks, occlusion points, tracks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from accelerate.utils import send_to_device
from numpy.typing import NDArray
from torch import Tensor

from outrack.datasets import Annotation, LabelledImage
from outrack.evaluation.detection import detection_scores, occlusion_scores
from outrack.evaluation.mot import require_trackeval
from outrack.evaluation.reid import tracklet_scores
from outrack.losses import DetectionWeights, gather_at
from outrack.losses.occlusion import OcclusionNormalise
from outrack.models import DenseMaps, DenseNetwork, decode
from outrack.models.appearance.body import appearance_at
from outrack.structures import Detections
from outrack.training.config.training_config import TrainingConfig
from outrack.training.data.augment import Warp, warp_image
from outrack.training.data.batch_targets import ImageTargets, People, Targets, collate
from outrack.training.data.data_config import SourceConfig
from outrack.training.data.pairs import generator
from outrack.training.data.sources import composed_pairs, images_of
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.engine.step import detection_loss
from outrack.training.engine.tracked_video import TrackedVideo, track_scores, videos_of
from outrack.training.engine.validation_scores import SourceScores, Validation

__all__ = ["SourceScores", "Validation", "ValidationData", "ValidationSource"]

MIN_VISIBILITY = 0.7
"""People with a lower visibility are not expected to be found (notes#evaluation)."""


@dataclass(frozen=True, slots=True, eq=False)
class ValidationSource:
    """Images of one source, letterboxed to the network's input, and its videos that are tracked."""

    name: str
    images: tuple[LabelledImage, ...]
    videos: tuple[TrackedVideo, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ValidationData:
    """The held-out data of a run.

    Attributes:
        sources: held-out images by source.
        targets: for the loss.
        weights: weights of the terms of the loss.
        occlusion_normalise: of the loss, see `outrack.losses.occlusion_loss`.
        batch: number of images per forward pass.
    """

    sources: tuple[ValidationSource, ...]
    targets: TargetEncoder
    weights: DetectionWeights
    occlusion_normalise: OcclusionNormalise
    batch: int = 8

    @classmethod
    def of(cls, config: TrainingConfig, targets: TargetEncoder) -> ValidationData:
        """Read and compose the images that `config.validation` names.

        Raises:
            FileNotFoundError, ValueError: a source is missing or empty, or should be tracked but has no identities.
            ImportError: tracks should be scored but TrackEval is not installed.
        """
        if any(source.track for source in config.validation.sources):
            require_trackeval("tracking during validation (validation.sources, track)")
        size = (targets.width, targets.height)
        root = Path(config.data.root)
        sources: list[ValidationSource] = []
        limit, seed = config.validation.images, config.seed
        for number, source in enumerate(config.validation.sources):
            found = _images(source, root, size=size, limit=limit, seed=seed)
            videos = videos_of(source, root, size=size, limit=limit, seed=seed) if source.track else ()
            name = "composed" if source.path is None else Path(source.path).name
            taken = [one.name for one in sources]
            unique = name if name not in taken else f"{name}-{number}"
            sources.append(ValidationSource(unique, tuple(warp_image(image, Warp(), size) for image in found), videos))
        return cls(tuple(sources), targets, config.loss.detection, config.loss.occlusion_normalise)

    def measure(self, network: DenseNetwork) -> Validation:
        """Scores of `network`, which must be in evaluation mode."""
        return Validation(tuple(self._source(network, source) for source in self.sources))

    @torch.inference_mode()
    def _source(self, network: DenseNetwork, source: ValidationSource) -> SourceScores:
        losses, detections, points, people = [], [], [], _KnownPeople([], [], [])
        for start in range(0, len(source.images), self.batch):
            images = source.images[start : start + self.batch]
            maps = self._maps(network, images)
            losses += [self._loss(maps, images)] * len(images)
            found = decode(maps, stride=network.stride, body=network.body)
            for row, image in enumerate(images):
                detections.append((_detections(found.boxes[row], found.scores[row]), image.annotation))
                if found.occlusions is not None:
                    points.append((_array(found.occlusions[row]), image.annotation))
            if maps.embedding is not None:
                self._remember(network, maps, images, people)
        scores = detection_scores(detections)
        result = SourceScores(source.name, float(np.mean(losses)), scores.ap50, scores.ap)
        if points:
            occlusions = occlusion_scores(
                points, min_overlap=self.targets.occlusion_threshold, hidden_below=self.targets.hidden_below
            )
            result = replace(result, occlusion_precision=occlusions.precision, occlusion_recall=occlusions.recall)
        ranks = people.ranks()
        if ranks is not None:
            result = replace(result, r1=ranks[0], reid_map=ranks[1])
        if source.videos:
            tracks = track_scores(network, source.videos)
            result = replace(result, mota=tracks.mota, idf1=tracks.idf1, hota=tracks.hota, idsw=tracks.idsw)
        return result

    def _maps(self, network: DenseNetwork, images: Sequence[LabelledImage]) -> DenseMaps:
        device = next(network.parameters()).device
        pixels = torch.from_numpy(np.stack([image.pixels for image in images])).permute(0, 3, 1, 2)
        maps: DenseMaps = network(pixels.to(device))
        return maps

    def _loss(self, maps: DenseMaps, images: Sequence[LabelledImage]) -> float:
        made = [self.targets(image.annotation) for image in images]
        targets = _unpaired(made)
        moved = send_to_device(targets, maps.centres.device)
        return float(detection_loss(maps, moved, occlusion_normalise=self.occlusion_normalise).total(self.weights))

    def _remember(
        self, network: DenseNetwork, maps: DenseMaps, images: Sequence[LabelledImage], people: _KnownPeople
    ) -> None:
        """Store the appearance of people whose identity is known."""
        known = [(row, image) for row, image in enumerate(images) if image.annotation.ids is not None]
        if not known:
            return
        encoder = replace(self.targets, min_visibility=MIN_VISIBILITY)
        made = [encoder(_of_known_identity(image.annotation)) for _, image in known]
        targets = _unpaired(made).people
        rows = torch.tensor([row for row, _ in known])[targets.image]  # rows in the batch, which need not be adjacent
        here = send_to_device(targets._replace(image=rows), maps.centres.device)
        people.embeddings.append(_array(_appearance(network, maps, here)))
        for (_, image), one in zip(known, made, strict=True):
            people.keys.extend((image.scene, identity) for identity in one.person_identity.tolist())
            people.frames.extend([image.frame] * len(one.person_identity))


@dataclass(frozen=True, slots=True, eq=False)
class _KnownPeople:
    """Embeddings of boxes of known people, with identities and frame numbers."""

    embeddings: list[NDArray[np.float64]]
    keys: list[tuple[str, int]]
    frames: list[int]

    def ranks(self) -> tuple[float, float] | None:
        """R1 and mAP in per cent, if at least one person was seen twice."""
        numbers = {key: number for number, key in enumerate(dict.fromkeys(self.keys))}
        if len(self.keys) == len(numbers):
            return None
        ids = np.array([numbers[key] for key in self.keys], np.int64)
        scores = tracklet_scores(np.concatenate(self.embeddings), ids, np.array(self.frames))
        return scores.r1, scores.mean_ap


def _images(
    source: SourceConfig, root: Path, *, size: tuple[int, int], limit: int, seed: int
) -> Iterator[LabelledImage]:
    """At most `limit` images; composed crowds are always the same ones, and each pair is a separate scene."""
    if source.path is None:
        pairs = composed_pairs(source, root, size=size)
        for number in range(limit // 2):
            # The third stream of a seed: mixtures draw from the first, augmentations from the second.
            for image in pairs.pair(number, generator(seed, 2, number)):
                yield replace(image, scene=f"composed pair {number}")
    else:
        images = images_of(source, root)
        rows = np.linspace(0, len(images) - 1, min(limit, len(images))).round().astype(int)
        for row in rows:
            yield images[row].read()


def _unpaired(images: Sequence[ImageTargets]) -> Targets:
    """Targets of images without partners."""
    n = len(images)
    return collate(images, num_detection=n, pair=range(n), second=[False] * n, negative=[False] * n)


def _of_known_identity(annotation: Annotation) -> Annotation:
    assert annotation.ids is not None
    return annotation[annotation.ids >= 0]


def _appearance(network: DenseNetwork, maps: DenseMaps, people: People) -> Tensor:
    """Appearance of labelled people as used in tracking, not normalised, (N, D)."""
    if network.body is not None:
        return appearance_at(maps, people.image, people.xyxy * network.stride, network.body)
    assert maps.embedding is not None
    return gather_at(maps.embedding, people.image, people.cell)


def _detections(boxes: Tensor, scores: Tensor) -> Detections:
    confidence = _array(scores)
    kept = confidence >= 0.01
    return Detections(_array(boxes)[kept], confidence[kept])


def _array(values: Tensor) -> NDArray[np.float64]:
    return values.float().cpu().numpy().astype(np.float64)
