"""Tracking people through occlusion."""

__version__ = "0.1.0"
