"""Datasets of many layouts, one annotation type."""

from outrack.datasets.annotation import AnnotatedImage, Annotation, LabelledImage, read_image
from outrack.datasets.ground_truth import GroundTruth, read_ground_truth, write_ground_truth
from outrack.datasets.mot import CENTERTRACK, FAIRMOT, LabelRule, MotSequence, read_sequence
from outrack.datasets.splits import split_frames

__all__ = [
    "CENTERTRACK",
    "FAIRMOT",
    "AnnotatedImage",
    "Annotation",
    "GroundTruth",
    "LabelRule",
    "LabelledImage",
    "MotSequence",
    "read_ground_truth",
    "read_image",
    "read_sequence",
    "split_frames",
    "write_ground_truth",
]
