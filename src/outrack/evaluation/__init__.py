"""Scores of tracks, boxes and embeddings: MOT metrics, recall by visibility, Re-ID ranks, detection AP."""

from outrack.evaluation.mot import Evaluation, Scores, evaluate, evaluate_sequences
from outrack.io.sequences import SequenceResults, SequenceTruth

__all__ = ["Evaluation", "Scores", "SequenceResults", "SequenceTruth", "evaluate", "evaluate_sequences"]
