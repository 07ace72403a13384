"""The plan of a row: training runs that build on each other, followed by measurements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from outrack.evaluation.mot import Protocol as Counting
from outrack.experiments.tables.definition import Recipe
from outrack.io.sequences import Benchmark
from outrack.tracking import TrackerConfig
from outrack.training import TrainingConfig

__all__ = ["Budget", "Plan", "Stage", "TestSet", "Unavailable"]


class Unavailable(Exception):  # noqa: N818  # not an error: a row that cannot be run, and why
    """A row cannot be run with this budget; the message gives the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One training run.

    Attributes:
        name: its purpose; part of its folder's name.
        config: configuration of the training. `model.init` only applies without `start`.
        start: the training that provides its initial weights.
        embedding_from: a training run whose embedding head replaces that of `start`.
        cost: expected cost, in words.
        key: name of its folder. Training runs have equal keys if and only if they are the same.
    """

    name: str
    config: TrainingConfig
    start: Stage | None = None
    embedding_from: Stage | None = None
    cost: str = ""
    key: str = field(init=False)

    def __post_init__(self) -> None:
        # The key omits paths of data and numbers of workers, which do not affect the result, and settings at their
        # defaults, so that new settings do not rename finished training runs.
        anywhere = replace(self.config, data=replace(self.config.data, root=".", workers=0))
        before = [one.key for one in (self.start, self.embedding_from) if one is not None]
        key = f"{self.name}-seed{self.config.seed}-{_digest(str(_without_defaults(anywhere)), *before)}"
        object.__setattr__(self, "key", key)

    def chain(self) -> Iterator[Stage]:
        """All training runs that it needs, each once, and itself last."""
        seen: set[str] = set()
        for one in (*_all(self.start), *_all(self.embedding_from), self):
            if one.key not in seen:
                seen.add(one.key)
                yield one


@dataclass(frozen=True, slots=True)
class TestSet:
    """The sequences on which networks and trackers are measured.

    Attributes:
        name: its name in the report.
        folder: folder of sequences in MOTChallenge's layout.
        sequences: names of the sequences to use.
        benchmark, half, counting: settings of the evaluation, see `outrack.evaluation.evaluate`.
        reid_half: half whose frames are used for the Re-ID measures.
        reid_stride: use every n-th of those frames.
    """

    __test__ = False  # not a test case, despite its name

    name: str
    folder: Path
    sequences: tuple[str, ...]
    benchmark: Benchmark
    half: str = "full"
    counting: Counting = "trackeval"
    reid_half: str = "full"
    reid_stride: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a row needs.

    Attributes:
        stage: the training of its network.
        tracker: configuration of the tracker; the frame rate is that of the sequence.
        uses_embeddings: whether the tracker uses appearance.
        test: the test set.
    """

    stage: Stage
    tracker: TrackerConfig
    uses_embeddings: bool
    test: TestSet

    @property
    def tracking_key(self) -> str:
        """Name of the file with the scores of its tracks."""
        settings = (str(_without_defaults(self.tracker)), str(self.uses_embeddings), *self._test_key())
        return f"tracking-{self.tracker.refind}-{self.stage.key}-{_digest(*settings)}"

    @property
    def detections_key(self) -> str:
        """Name of the folder with its network's detections."""
        return f"{self.stage.key}-{_digest(str(self.tracker.low_score), *self._test_key())}"

    @property
    def reid_key(self) -> str:
        """Name of the file with the scores of its embeddings."""
        return f"reid-{self.stage.key}-{_digest(*self._test_key())}"

    def _test_key(self) -> tuple[str, ...]:
        return tuple(str(value) for name, value in asdict(self.test).items() if name != "folder")


class Budget(Protocol):
    """Data, networks and schedules for the recipes of all rows."""

    @property
    def name(self) -> str:
        """`full`, `real`, `small` or `tiny`."""

    @property
    def description(self) -> str:
        """Origin of the numbers, for every line of the report."""

    def plan(self, recipe: Recipe, *, seed: int) -> Plan:
        """The plan for a recipe.

        Raises:
            Unavailable: something that it needs is missing.
        """

    def prepare(self) -> None:
        """Create the data that can be generated."""


def _all(stage: Stage | None) -> Iterator[Stage]:
    return iter(()) if stage is None else stage.chain()


def _without_defaults(value: Any) -> Any:
    """Dataclasses as mappings of the fields that differ from their defaults, sorted by name."""
    if isinstance(value, tuple):
        return [_without_defaults(item) for item in value]
    if not is_dataclass(value):
        return value
    changed = {one.name: getattr(value, one.name) for one in fields(value) if getattr(value, one.name) != _default(one)}
    return {name: _without_defaults(changed[name]) for name in sorted(changed)}


def _default(one: Field[Any]) -> object:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]
