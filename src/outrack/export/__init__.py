"""Trained networks as ONNX files for tracking."""

from outrack.export.onnx import export_onnx
from outrack.export.quantise import quantise_onnx

__all__ = ["export_onnx", "quantise_onnx"]
