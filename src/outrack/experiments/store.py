"""The folder of a study: finished training runs and measurements; every file is complete or absent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from outrack.experiments.measuring import EmbeddingScores
from outrack.experiments.plan import Plan, Stage
from outrack.experiments.tables.definition import MEASURES, Measure
from outrack.io.atomic import atomic_write

__all__ = ["Store", "write_text_atomically"]


@dataclass(frozen=True, slots=True)
class Store:
    """The state of a study on disk.

    Attributes:
        folder: contains `trainings/` with a folder for each training run, `measured/` with a small file for each
            measurement, and `detections/` with the detections in the test sequences.
    """

    folder: Path

    def training(self, stage: Stage) -> Path:
        """Folder of a training, in the layout of `outrack train`."""
        return self.folder / "trainings" / stage.key

    def is_trained(self, stage: Stage) -> bool:
        """Whether the training is finished."""
        return (self.training(stage) / "done").is_file()

    def mark_trained(self, stage: Stage) -> None:
        """Mark the training as finished."""
        write_text_atomically(self.training(stage) / "done", "")

    def failure(self, stage: Stage) -> str:
        """Why a training run failed permanently; empty if it did not."""
        path = self.training(stage) / "failed.txt"
        return path.read_text(encoding="utf-8").strip() if path.is_file() else ""

    def mark_failed(self, stage: Stage, why: str) -> None:
        """Mark the training as failed permanently; another attempt would fail, too."""
        write_text_atomically(self.training(stage) / "failed.txt", why + "\n")

    def detections(self, plan: Plan) -> Path:
        """Folder of the detections of a plan's network in its test sequences."""
        return self.folder / "detections" / plan.detections_key

    def tracks(self, plan: Plan) -> dict[Measure, float] | None:
        """Scores of the tracks; None if they have not been measured.

        Raises:
            ValueError: the file is damaged.
        """
        found = self._read(plan.tracking_key)
        return None if found is None else {name: found[name] for name in MEASURES if name in found}

    def keep_tracks(self, plan: Plan, scores: Mapping[Measure, float]) -> None:
        """Write the scores of the tracks."""
        self._write(plan.tracking_key, {str(name): value for name, value in scores.items()})

    def embeddings(self, plan: Plan) -> EmbeddingScores | None:
        """Scores of the embeddings; None if they have not been measured.

        Raises:
            ValueError: the file is damaged.
        """
        found = self._read(plan.reid_key)
        return None if found is None else EmbeddingScores(**found)

    def keep_embeddings(self, plan: Plan, scores: EmbeddingScores) -> None:
        """Write the scores of the embeddings."""
        self._write(plan.reid_key, asdict(scores))

    def _read(self, key: str) -> dict[str, float] | None:
        path = self.folder / "measured" / f"{key}.json"
        if not path.is_file():
            return None
        try:
            found: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: not a measurement of outrack reproduce ({error}); delete the file") from error
        return found

    def _write(self, key: str, scores: Mapping[str, float]) -> None:
        write_text_atomically(self.folder / "measured" / f"{key}.json", json.dumps(scores, indent=1) + "\n")


def write_text_atomically(path: Path, text: str) -> None:
    """Write a file atomically, see `atomic_write`."""
    with atomic_write(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
