"""Configuration of a training run: frozen dataclasses, read from YAML.

Defaults are the paper's (notes#schedules); those of the losses are the defaults of the loss functions. A recipe that
follows the authors' code instead says so. `outrack/configs/*.yaml` are the bundled recipes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from outrack.losses import DetectionWeights, occlusion_loss, utrack_loss
from outrack.losses.occlusion import OcclusionNormalise
from outrack.losses.utrack import Negatives, Normalise, Placeholder, check_utrack_settings
from outrack.models.necks.dla_neck import NodeType
from outrack.training.config.optimiser_config import OptimiserConfig, ScheduleConfig
from outrack.training.data.data_config import DataConfig, SourceConfig
from outrack.training.data.examples import Augmentation
from outrack.training.data.two_frame import PriorNoise

__all__ = [
    "LossConfig",
    "ModelConfig",
    "OptimiserConfig",
    "ScheduleConfig",
    "TrainingConfig",
    "ValidationConfig",
]

ReIDName = Literal["none", "supervised", "cycas", "utrack"]
"""A NAME that is added here is the function `NAME_loss` of `losses/NAME.py`, with its own defaults as settings."""
Balance = Literal["learned", "sum"]
BestMeasure = Literal["ap50", "reid_map", "mean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The network.

    Attributes:
        architecture: name in `outrack.models.architecture_names()`.
        init: `default` (the bundled network, or `coco` for the other networks of MobileNetV3), `coco` (the COCO
            detector that it was trained from), a weights file, or None for random weights. The file is one of ours
            (`.safetensors`), or a public one of DLA-34 (ImageNet), CenterNet, FairMOT or CenterTrack (`.pth`).
        width, height: input size that training images are fitted into, in pixels, multiples of 32.
        embedding_dim: length of the appearance vector; 0 omits the head (official code 128, paper text 256). A
            mobile-outrack or dense-outrack has 128 learned values, or 640 with colour histograms appended. CenterTrack
            has none.
        occlusion: with the two occlusion heads (paper Sec. 3.2).
        hidden: channels inside the heads; None is the architecture's own, 256 for those of the paper, else 64.
        convolution: convolution of the heads; None is the architecture's own, `dense` for those of the paper, else
            `separable`.
        neck: neck of the paper's networks: `deform` (the paper) or `conv`, which is several times faster on a CPU. None
            is the architecture's own.
        trainable: heads that are trained; the rest of the network is frozen as loaded from `init`, including its
            batch-normalisation statistics, and needs no backward pass. Empty trains everything.
        start_share: share of `init` in the weights that are validated and saved, see
            `outrack.training.engine.start_weights`.
    """

    architecture: str = "mobile-centernet"
    init: str | None = "default"
    width: int = 1088
    height: int = 608
    embedding_dim: int = 128
    occlusion: bool = True
    hidden: int | None = None
    convolution: Literal["dense", "separable"] | None = None
    neck: NodeType | None = None
    trainable: tuple[str, ...] = ()
    start_share: float = 0.0

    def __post_init__(self) -> None:
        if self.width < 32 or self.height < 32 or self.width % 32 or self.height % 32:
            raise ValueError(f"model: width and height must be multiples of 32, got {self.width} x {self.height}")
        if self.embedding_dim < 0:
            raise ValueError(f"model.embedding_dim: expected 0 or more, got {self.embedding_dim}")
        if not 0 <= self.start_share < 1:
            raise ValueError(f"model.start_share: expected a share in [0, 1), got {self.start_share}")
        if self.start_share and self.init is None:
            raise ValueError(
                "model.start_share: random weights are not worth keeping; set model.init or omit start_share"
            )


def _defaults_of(loss: Callable[..., object]) -> dict[str, Any]:
    """The defaults of a loss function's arguments, by name."""
    return {name: argument.default for name, argument in inspect.signature(loss).parameters.items()}


_OCCLUSION, _UTRACK = _defaults_of(occlusion_loss), _defaults_of(utrack_loss)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """The loss that is minimised.

    Attributes:
        detection: weights of the detection and occlusion terms.
        occlusion_normalise: `paper` (Eq. 14) or `official`.
        reid: the loss that appearance is learned with.
        id_weight: weight of the Re-ID loss; official: 1, and 10 on CrowdHuman.
        balance: `learned` task weights (FairMOT), or the plain `sum`.
        margin, temperature: of UTrack and CycAs, see `outrack.losses.utrack_loss` and `cycas_loss`, whose defaults are
            the same.
        placeholder, negatives, normalise: of UTrack. These have no effect on other losses; recipes of CycAs inherit
            them.
        intra_weight, inter_weight, cycle_weight: weights of UTrack's terms; 0 disables a term (paper Table 2).
    """

    detection: DetectionWeights = field(default_factory=DetectionWeights)
    occlusion_normalise: OcclusionNormalise = _OCCLUSION["normalise"]
    reid: ReIDName = "utrack"
    id_weight: float = 1.0
    balance: Balance = "learned"
    placeholder: Placeholder = _UTRACK["placeholder"]
    margin: float = _UTRACK["margin"]
    temperature: float | None = _UTRACK["temperature"]
    intra_weight: float = _UTRACK["intra_weight"]
    inter_weight: float = _UTRACK["inter_weight"]
    cycle_weight: float = _UTRACK["cycle_weight"]
    negatives: Negatives = _UTRACK["negatives"]
    normalise: Normalise = _UTRACK["normalise"]

    def __post_init__(self) -> None:
        for name in ("id_weight", "intra_weight", "inter_weight", "cycle_weight"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"loss.{name}: expected 0 or more, got {getattr(self, name)}")
        if self.reid == "utrack":
            try:
                check_utrack_settings(self.temperature, self.placeholder, self.margin, self.negatives, self.normalise)
            except ValueError as error:
                raise ValueError(f"loss: {error}") from error
        elif not self.margin > 0 or not (self.temperature is None or self.temperature > 0):
            raise ValueError(f"loss: expected margin and temperature above 0, got {self.margin} and {self.temperature}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationConfig:
    """Validation during training.

    Attributes:
        sources: held-out data; composed crowds are made once, with a seed of their own. If empty, there is no
            validation.
        every: steps between two validations; the last step is always validated.
        images: maximum number of images of each source; composed ones come in pairs. A tracked source adds as many
            again, the first frames of its videos.
        best: the metric by which `best.safetensors` is chosen.
    """

    sources: tuple[SourceConfig, ...] = ()
    every: int = 500
    images: int = 64
    best: BestMeasure = "mean"

    def __post_init__(self) -> None:
        if self.every < 1 or self.images < 2:
            raise ValueError(f"validation: expected every >= 1 and images >= 2, got {self.every} and {self.images}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """A whole run.

    Attributes:
        schedule: how long.
        prior: noise on the previous objects that are the input of a network that uses the previous frame.
        seed: seed of sampling, augmentation and new weights (317 in the official code).
        trained_on, licence: origin that is written to the weights file, before that of the initial weights.
    """

    schedule: ScheduleConfig
    model: ModelConfig = field(default_factory=ModelConfig)
    data: DataConfig = field(default_factory=DataConfig)
    augmentation: Augmentation = field(default_factory=Augmentation)
    prior: PriorNoise = field(default_factory=PriorNoise)
    loss: LossConfig = field(default_factory=LossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    validation: ValidationConfig = field(default_factory=ValidationConfig)
    seed: int = 317
    trained_on: str = "unknown"
    licence: str = "unknown"

    def __post_init__(self) -> None:
        if self.loss.reid != "none" and self.model.embedding_dim == 0:
            raise ValueError(f"loss.reid {self.loss.reid} needs model.embedding_dim above 0")
        if self.loss.reid != "none" and self.augmentation.mosaic:
            raise ValueError(
                "augmentation.mosaic: only detection learns from mosaics; set it to 0, or loss.reid to none"
            )
        if self.loss.reid == "supervised" and any(source.path is None for source in self.data.sources):
            raise ValueError("loss.reid supervised needs data with persistent identities; composed crowds have none")

    def on_data(self, folders: Sequence[str]) -> TrainingConfig:
        """The same recipe on other datasets.

        They replace all sources that need files; composed crowds drawn by code are kept, with their share. Settings
        such as `min_score` are taken from the recipe's first dataset, but not `split`, `half`, `only` and `without`:
        all of the new data are used. Held-out data that need files are dropped. Origin and licence of the recipe's data
        are not those of the new ones, whose licence is unknown.
        """
        drawn = [source for source in self.data.sources if source.is_drawn]
        replaced = [source for source in self.data.sources if not source.is_drawn]
        first = next((source for source in replaced if source.path is not None), SourceConfig(path="."))
        share = sum(source.share or 0.0 for source in replaced) / len(folders) or None
        sources = [
            replace(first, path=folder, share=share, split="all", half="full", only=(), without=())
            for folder in folders
        ]
        if share is None:
            drawn = [replace(source, share=None) for source in drawn]
        measured = tuple(source for source in self.validation.sources if source.is_drawn)
        return replace(
            self,
            data=replace(self.data, sources=(*sources, *drawn)),
            validation=replace(self.validation, sources=measured),
            trained_on="data given as --data" + (", and crowds drawn by code" if drawn else ""),
            licence="unknown",
        )

    def measured_on(self, folders: Sequence[str]) -> TrainingConfig:
        """The same recipe with only these held-out datasets, read with the settings of its training data."""
        like = next((source for source in self.data.sources if source.path is not None), SourceConfig(path="."))
        sources = tuple(
            SourceConfig(path=folder, labels=like.labels, min_score=like.min_score, identities=like.identities)
            for folder in folders
        )
        return replace(self, validation=replace(self.validation, sources=sources))
