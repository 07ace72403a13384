"""Converts label files between formats: what both can represent is kept, and what is lost is counted."""

from outrack.conversion.labels import Box, Labels, Picture
from outrack.conversion.run import Conversion, convert

__all__ = ["Box", "Conversion", "Labels", "Picture", "convert"]
