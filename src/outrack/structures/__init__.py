"""The types that cross the borders between subpackages: `Frame`, `Detections`, `Tracks`.

All of them are immutable: the arrays inside are read-only views or copies, and functions return new objects. Boxes are
`xyxy` in image pixels, with x2 and y2 exclusive, so width = x2 - x1.
"""

from outrack.structures.arrays import unit_rows
from outrack.structures.detections import Detections
from outrack.structures.foreign import as_detections
from outrack.structures.frame import Decoded, Frame
from outrack.structures.tracks import Tracks, TrackState

__all__ = ["Decoded", "Detections", "Frame", "TrackState", "Tracks", "as_detections", "unit_rows"]
