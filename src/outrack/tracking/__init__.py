"""Online tracking: who is who from frame to frame, and where the hidden people are."""

from outrack.tracking.config import RefindPolicy, TrackerConfig
from outrack.tracking.protocol import TrackerProtocol
from outrack.tracking.refinders import Refinder
from outrack.tracking.start_rule import StartRule
from outrack.tracking.tracker import Tracker

__all__ = ["RefindPolicy", "Refinder", "StartRule", "Tracker", "TrackerConfig", "TrackerProtocol"]
