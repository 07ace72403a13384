"""How good tracks, boxes and embeddings are: MOT scores, recall by visibility, Re-ID ranks, detection AP."""

from outrack.evaluation.mot import Evaluation, Scores, evaluate, evaluate_sequences
from outrack.evaluation.sequences import GroundTruth, Results

__all__ = ["Evaluation", "GroundTruth", "Results", "Scores", "evaluate", "evaluate_sequences"]
