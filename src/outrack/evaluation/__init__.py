"""Scores of tracks, boxes and embeddings: MOT metrics, recall by visibility, Re-ID ranks, detection AP."""

import warnings

from outrack.evaluation.mot import Evaluation, Scores, evaluate, evaluate_sequences
from outrack.io.sequences import LabelledSequence, SequenceResults

__all__ = ["Evaluation", "LabelledSequence", "Scores", "SequenceResults", "evaluate", "evaluate_sequences"]


def __getattr__(name: str) -> object:
    if name != "SequenceTruth":  # a name of 0.1; to be removed in 0.3
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{__name__}.SequenceTruth was renamed to LabelledSequence", DeprecationWarning, stacklevel=2)
    return LabelledSequence
