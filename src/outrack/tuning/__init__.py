"""Settings of the tracker for footage of one's own, chosen on its ground truth."""

from outrack.tuning.recordings import Recording, record
from outrack.tuning.search import Fold, Tuning, tune

__all__ = ["Fold", "Recording", "Tuning", "record", "tune"]
