from outrack.detectors.base import Detector

__all__ = ["Detector"]
