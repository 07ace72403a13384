"""Smoothing: tracks of a file, corrected by what comes after them, a fixed delay later.

Online, a tracker must report each frame before it sees the next one. If results may be delayed by two seconds, three
things are better known: where a person was between two detections, which tracks were flicker, and which movements of a
box were noise. The paper tracks online and has no such step.
"""

from outrack.tracking.smoothing.smoother import TrackSmoother

__all__ = ["TrackSmoother"]
