"""Metadata of an exported network; written by the exporter, read by the detectors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from outrack.detectors.info import DetectorInfo
from outrack.detectors.input_size import LARGEST_SIDE
from outrack.io.damaged import reason_of
from outrack.io.entries import json_value

__all__ = ["ModelInfo"]

FORMAT = 1
PREFIX = "outrack."
WRITTEN = (
    "name",
    "size",
    "stride",
    "margin",
    "close_share",
    "classes",
    "embedding_dim",
    "occlusions",
    "score_threshold",
    "low_score",
    "sure_score",
    "occlusion_threshold",
    "trained_on",
    "licence",
    "precision",
)
"""Fields stored in the file; the others follow from its inputs and from how it is run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo(DetectorInfo):
    """The metadata of one ONNX file, which are the `info` of the detector that runs it.

    Attributes:
        name: name of the network, e.g. `mobile-centernet-coco`.
        size: width and height in pixels that it runs at by default, multiples of 32.
        stride: pixels per cell of its maps.
        margin: pixels on each side of the picture in the network's input that repeat its edge, at most 32: with some,
            more of the people whom the edge cuts off are found.
        close_share: pixels of a second run for people close to the camera, relative to `size`; 0 if there is none. See
            `outrack.detectors.close_people`.
        classes: names of the classes, by class id.
        embedding_dim: length of the appearance vectors, 0 if there are none.
        score_threshold: score from which a box is a detection.
        low_score: score from which a box may keep a track alive; None leaves that to the tracker.
        sure_score: a track that once scored as high is a person, see `outrack.tracking.StillSettings`; 0 disables this.
        occlusion_threshold: score from which an occlusion point counts (official code: 0.1).
        trained_on: data and method, in words.
        licence: terms of use of the weights.
        precision: `int8` if most of it runs in 8 bits.
    """

    name: str
    size: tuple[int, int]
    stride: int = 4
    margin: int = 0
    close_share: float = 0.0
    classes: tuple[str, ...] = ("person",)
    embedding_dim: int = 0
    score_threshold: float = 0.4
    occlusion_threshold: float = 0.1
    trained_on: str = "unknown"
    licence: str = "unknown"
    precision: Literal["float32", "int8"] = "float32"

    def __post_init__(self) -> None:
        if len(self.size) != 2 or not all(_is_whole(side, 32, LARGEST_SIDE) and side % 32 == 0 for side in self.size):
            raise ValueError(
                f"size: expected width and height as multiples of 32 up to {LARGEST_SIDE}, got {self.size}"
            )
        for name, least, most in (("stride", 1, 64), ("margin", 0, 32), ("embedding_dim", 0, 65_536)):
            if not _is_whole(getattr(self, name), least, most):
                raise ValueError(f"{name}: expected a number from {least} to {most}, got {getattr(self, name)!r}")
        texts = {"name": self.name, "trained_on": self.trained_on, "licence": self.licence}
        texts |= {f"classes.{number}": name for number, name in enumerate(self.classes)}
        for name, text in texts.items():
            if not isinstance(text, str):
                raise ValueError(f"{name}: expected a text, got {text!r}")
        if not self.classes:
            raise ValueError("classes: expected at least one name")
        scores = {
            "score_threshold": self.score_threshold,
            "low_score": self.low_score or 0.0,
            "sure_score": self.sure_score,
            "occlusion_threshold": self.occlusion_threshold,
        }
        for name, score in scores.items():
            if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score < 1:
                raise ValueError(f"{name}: expected a score from 0 to below 1, got {score}")
        share = self.close_share
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
            raise ValueError(f"close_share: expected a share from 0 to below 1, got {share}")

    @property
    def network(self) -> ModelInfo:
        """These metadata."""
        return self

    def class_ids(self, asked: Sequence[str | int] | str | int) -> list[int]:
        """The ids of classes, or of a single one, given by name or id.

        Raises:
            ValueError: the network lacks one of them; lists its classes.
        """
        known = {name: number for number, name in enumerate(self.classes)}
        found = []
        for one in (asked,) if isinstance(asked, str | int) else asked:
            number = known.get(str(one), int(one) if str(one).isdecimal() else -1)
            if not 0 <= number < len(self.classes):
                raise ValueError(
                    f"classes: {self.name} has no class {one!r}; its classes are "
                    f"{', '.join(f'{name} ({number})' for name, number in known.items())}"
                )
            found.append(number)
        return found

    def to_metadata(self) -> dict[str, str]:
        """As `outrack.<field>` keys with JSON values, and `outrack.format`."""
        values = {"format": FORMAT} | {name: getattr(self, name) for name in WRITTEN}
        return {f"{PREFIX}{key}": json.dumps(value) for key, value in values.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> ModelInfo:
        """Read it back.

        Raises:
            ValueError: the metadata are missing, of a newer format, or damaged.
        """
        if f"{PREFIX}format" not in metadata:
            raise ValueError("it has no outrack metadata")
        try:
            values: dict[str, Any] = {
                key.removeprefix(PREFIX): json_value(value) for key, value in metadata.items() if key.startswith(PREFIX)
            }
            found = values.pop("format")
            if found != FORMAT:
                raise ValueError(
                    f"its format is {found!r}, but this version of outrack reads format {FORMAT}; a newer one may help"
                )
            values = {key: value for key, value in values.items() if key in WRITTEN}
            for name in ("size", "classes"):
                if not isinstance(values[name], list):
                    raise ValueError(f"{name}: expected a list, got {values[name]!r}")
                values[name] = tuple(values[name])
            return cls(**values)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"its outrack metadata are damaged ({reason_of(error)})") from error


def _is_whole(number: object, least: int, most: int) -> bool:
    return type(number) is int and least <= number <= most
