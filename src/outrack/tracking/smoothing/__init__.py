"""Smoothing: tracks of a file, corrected by what comes after them, a fixed delay later.

Online, a tracker must report each frame before it sees the next one. Where results may wait for two seconds, three
things are known better: where a person was between two detections, which tracks were flicker, and where noise moved a
box. The paper tracks online and has no such step.
"""

from outrack.tracking.smoothing.smoother import TrackSmoother

__all__ = ["TrackSmoother"]
