"""Tunes the settings of the tracker on labelled footage of your own."""

from outrack.tuning.recordings import Recording, record
from outrack.tuning.search import Fold, Tuning, tune

__all__ = ["Fold", "Recording", "Tuning", "record", "tune"]
