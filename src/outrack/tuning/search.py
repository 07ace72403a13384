"""The search: Optuna proposes settings, which are scored on the training sequences; others are held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from outrack.evaluation.mot import evaluate_sequences
from outrack.evaluation.scores import Scores
from outrack.tracking import TrackerConfig
from outrack.tuning.recordings import Recording
from outrack.tuning.space import defaults, suggested, with_parameters

__all__ = ["Fold", "Metric", "Tuning", "folds_of", "score", "tune"]

Metric = Literal["hota", "mota", "idf1"]
MIN_FRAMES = 20
"""Scores on fewer frames than these are meaningless."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Scores on a held-out group of sequences, of settings chosen on the others.

    Attributes:
        names: the held-out sequences.
        before, after: their scores with the initial settings, and with those chosen on the others.
    """

    names: tuple[str, ...]
    before: Scores
    after: Scores


@dataclass(frozen=True, slots=True)
class Tuning:
    """The result of a search.

    Attributes:
        folds: unbiased scores, of sequences that the search had not seen.
        config: settings chosen on all sequences; the initial ones if the folds did not improve on average.
        is_better: whether the mean of the folds improved.
    """

    folds: tuple[Fold, ...]
    config: TrackerConfig
    is_better: bool


def score(recordings: Sequence[Recording], config: TrackerConfig) -> Scores:
    """The combined scores of all recordings."""
    pairs = [(recording.truth, recording.tracks_with(config)) for recording in recordings]
    benchmarks = {recording.benchmark for recording in recordings}
    return evaluate_sequences(pairs, benchmark=benchmarks.pop() if len(benchmarks) == 1 else "plain").combined


def folds_of(recordings: Sequence[Recording], most: int) -> list[tuple[list[Recording], list[Recording]]]:
    """Pairs of the recordings to tune on and those held out. A single sequence is split into two halves in time.

    Raises:
        ValueError: a part would have too few frames.
    """
    if len(recordings) == 1:
        (only,) = recordings
        middle = len(only) // 2
        if middle < MIN_FRAMES:
            raise ValueError(
                f"{only.name}: one sequence of {len(only)} frames is too short to choose settings on one half and to "
                f"score them on the other; expected {2 * MIN_FRAMES} frames, or several sequences"
            )
        first = only.part(range(middle), f"{only.name} (first half)")
        second = only.part(range(middle, len(only)), f"{only.name} (second half)")
        return [([first], [second]), ([second], [first])]
    groups = [[recordings[place] for place in range(start, len(recordings), most)] for start in range(most)]
    groups = [group for group in groups if group]
    return [([r for other in groups if other is not group for r in other], group) for group in groups]


def tune(
    recordings: Sequence[Recording],
    base: TrackerConfig,
    *,
    trials: int = 40,
    metric: Metric = "hota",
    seed: int = 0,
    max_folds: int = 5,
    on_trial: Callable[[], None] = lambda: None,
) -> Tuning:
    """Search the settings of a tracker.

    Each group of sequences is held out in turn: settings are chosen on the others and scored on it. The final settings
    are chosen on all sequences, and returned only if the held-out scores improved on average.

    Args:
        recordings: recordings of sequences with ground truth.
        base: initial settings, for comparison.
        trials: settings to try in each search; the first are the initial ones.
        metric: to maximise.
        seed: seed of the search, which is reproducible.
        max_folds: maximum number of groups of sequences.
        on_trial: called after each of the `trials * (groups + 1)` trials.

    Raises:
        ImportError: Optuna or TrackEval is not installed.
        ValueError: there are no recordings, or a single one is too short.
    """
    if not recordings:
        raise ValueError("tune: expected at least one sequence")
    folds = []
    for chosen_on, left_out in folds_of(recordings, max_folds):
        config = _best(chosen_on, base, trials=trials, metric=metric, seed=seed, on_trial=on_trial)
        folds.append(Fold(tuple(r.name for r in left_out), score(left_out, base), score(left_out, config)))
    gain = sum(getattr(fold.after, metric) - getattr(fold.before, metric) for fold in folds)
    final = _best(recordings, base, trials=trials, metric=metric, seed=seed, on_trial=on_trial)
    return Tuning(tuple(folds), final if gain > 0 else base, gain > 0)


def _best(
    recordings: Sequence[Recording],
    base: TrackerConfig,
    *,
    trials: int,
    metric: Metric,
    seed: int,
    on_trial: Callable[[], None],
) -> TrackerConfig:
    """The settings with the highest score on these recordings; the initial ones unless others are better."""
    optuna = require_optuna()
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(defaults(base))
    best, config = getattr(score(recordings, base), metric), base
    for _ in range(trials):
        trial = study.ask()
        tried = suggested(trial, base)
        value = getattr(score(recordings, tried), metric)
        study.tell(trial, value)
        if value > best:
            best, config = value, with_parameters(base, trial.params)
        on_trial()
    return config


def require_optuna() -> ModuleType:
    """Optuna, with its log silenced.

    Raises:
        ImportError: it is not installed; says how to install it.
    """
    try:
        import optuna
    except ImportError as error:
        raise ImportError('outrack tune needs Optuna: pip install "outrack[tune]"') from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    module: ModuleType = optuna
    return module
