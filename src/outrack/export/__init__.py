"""Trained networks as ONNX files for tracking."""

from outrack.export.onnx import export_onnx

__all__ = ["export_onnx"]
