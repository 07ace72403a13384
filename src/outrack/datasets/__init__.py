"""Datasets of many layouts, one annotation type."""

import warnings

from outrack.annotation import AnnotatedImage, Annotation, LabelledImage
from outrack.datasets.boxes_folder import read_video_boxes
from outrack.datasets.coco import read_coco, write_coco_vid
from outrack.datasets.crowdhuman import read_crowdhuman
from outrack.datasets.halves import frames_of_half
from outrack.datasets.index import cache_folder, cached_index, fingerprint
from outrack.datasets.instance_masks import read_instance_masks
from outrack.datasets.layouts import DatasetOptions, open_dataset
from outrack.datasets.mot import AMODAL, CENTERTRACK, FAIRMOT, LabelRule, MotSequence, find_sequences, read_sequence
from outrack.datasets.shards import read_shard, write_shards
from outrack.datasets.video_of_boxes import find_source, write_source
from outrack.datasets.yolo import read_jde, read_yolo
from outrack.io.ground_truth import read_ground_truth, write_ground_truth
from outrack.io.pictures import read_image
from outrack.io.sequences import LabelledSequence

__all__ = [
    "AMODAL",
    "CENTERTRACK",
    "FAIRMOT",
    "AnnotatedImage",
    "Annotation",
    "DatasetOptions",
    "LabelRule",
    "LabelledImage",
    "LabelledSequence",
    "MotSequence",
    "cache_folder",
    "cached_index",
    "find_sequences",
    "find_source",
    "fingerprint",
    "frames_of_half",
    "open_dataset",
    "read_coco",
    "read_crowdhuman",
    "read_ground_truth",
    "read_image",
    "read_instance_masks",
    "read_jde",
    "read_sequence",
    "read_shard",
    "read_video_boxes",
    "read_yolo",
    "write_coco_vid",
    "write_ground_truth",
    "write_shards",
    "write_source",
]


def __getattr__(name: str) -> object:
    if name != "split_frames":  # a name of 0.1; to be removed in 0.3
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{__name__}.split_frames was renamed to frames_of_half", DeprecationWarning, stacklevel=2)
    return frames_of_half
