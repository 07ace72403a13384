"""Online tracking: who is who from frame to frame, and where the hidden people are."""

from outrack.tracking.births import BirthRule
from outrack.tracking.config import RefindPolicy, TrackerConfig
from outrack.tracking.tracker import Tracker

__all__ = ["BirthRule", "RefindPolicy", "Tracker", "TrackerConfig"]
