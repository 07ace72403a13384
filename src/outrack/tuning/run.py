"""From sequences on disk to tuned settings, for `outrack tune`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from outrack.detectors import Detector, PrecomputedDetections, load_detector
from outrack.detectors.bundled import resolve_weights
from outrack.io.origin import made_by
from outrack.tracking import Tracker, TrackerConfig
from outrack.tuning.recordings import Recording, record
from outrack.tuning.search import Metric, Tuning, tune
from outrack.video.defaults import default_config_for, estimates_camera_motion

__all__ = ["Request", "notes_of", "tune_sequences"]

MAX_FOLDS = 5
WEAKEST = 0.05
"""Score from which boxes are recorded: the search decides which of them count."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `outrack tune`; see its `--help`."""

    sequences: tuple[Path, ...]
    weights: Path | None
    device: str
    image_size: int | tuple[int, int] | None
    detections: str | None
    trials: int
    metric: Metric
    seed: int

    @property
    def num_trials(self) -> int:
        """Total number of trials."""
        folds = 2 if len(self.sequences) == 1 else min(len(self.sequences), MAX_FOLDS)
        return self.trials * (folds + 1)


def tune_sequences(request: Request, *, on_trial: Callable[[], None] = lambda: None) -> tuple[Tuning, TrackerConfig]:
    """Detect once in every sequence, and search.

    Returns:
        The result, and the settings to compare with: the defaults for the detector.

    Raises:
        FileNotFoundError, ValueError: a sequence or a file of detections cannot be used; names it.
        ImportError: Optuna or TrackEval is not installed.
    """
    names = [folder.resolve().name for folder in request.sequences]
    if doubles := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{min(doubles)}: two sequences have this name, or one is given twice; give each once")
    for folder in request.sequences:
        if not (folder / "gt" / "gt.txt").is_file():
            raise FileNotFoundError(
                f"{folder / 'gt' / 'gt.txt'}: no such file; expected a MOTChallenge sequence with ground truth. "
                "`outrack convert LABELS FOLDER --to mot` converts other labels"
            )
    network: Detector | None = None
    if request.detections is None:
        network = load_detector(
            request.weights, device=request.device, min_score=WEAKEST, image_size=request.image_size
        )
    recordings: list[Recording] = []
    base = TrackerConfig()
    for folder, name in zip(request.sequences, names, strict=True):
        detector = network or PrecomputedDetections((request.detections or "").replace("{name}", name))
        base = default_config_for(detector)
        follows = estimates_camera_motion(detector, Tracker(base))
        files = [] if network is None else [resolve_weights(request.weights or "default")]
        key = f"{request.image_size} {WEAKEST}"
        recordings.append(record(folder, detector, sources=files, key=key, follows_camera=follows))
    tuning = tune(
        recordings,
        base,
        trials=request.trials,
        metric=request.metric,
        seed=request.seed,
        max_folds=MAX_FOLDS,
        on_trial=on_trial,
    )
    return tuning, base


def notes_of(tuning: Tuning, request: Request) -> list[str]:
    """The header of the file: where the settings come from, and how they score."""
    lines = [
        f"Made by {made_by()}.",
        f"Settings of outrack tune for {', '.join(folder.resolve().name for folder in request.sequences)}, "
        f"{request.trials} trials for {request.metric}, seed {request.seed}.",
        "Scores of held-out sequences, before -> after:",
    ]
    for fold in tuning.folds:
        parts = (f"{m.upper()} {getattr(fold.before, m):.1f} -> {getattr(fold.after, m):.1f}" for m in _SHOWN)
        lines.append(f"  {', '.join(fold.names)}: {', '.join(parts)}")
    if len(request.sequences) == 1:
        lines.append("Both halves show the same people and place: other footage may improve less.")
    if not tuning.is_better:
        lines.append("They did not improve, so no settings are changed.")
    return lines


_SHOWN = ("hota", "mota", "idf1")
