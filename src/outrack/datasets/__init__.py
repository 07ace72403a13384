"""Datasets of many layouts, one annotation type."""

from outrack.datasets.annotation import AnnotatedImage, Annotation, LabelledImage, read_image

__all__ = ["AnnotatedImage", "Annotation", "LabelledImage", "read_image"]
