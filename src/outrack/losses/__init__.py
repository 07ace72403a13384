"""Losses of the paper and its baselines: one file per loss, each a pure function of raw network outputs and targets.

All of them compute in float32 (float64 for float64 input) regardless of autocast, accept 0 objects, and never change
their input. Normalisers count the objects of this process's batch, as in the official code, or in
`counted_over_processes` those of detection count the objects of all processes.
"""

from outrack.losses.cycas import cycas_loss
from outrack.losses.detection import DetectionLoss, DetectionWeights, other_detection_losses
from outrack.losses.divisors import counted_over_processes, counts_over_processes
from outrack.losses.focal import centre_focal_loss
from outrack.losses.giou import giou_at, giou_loss
from outrack.losses.occlusion import OcclusionLoss, occlusion_loss
from outrack.losses.regression import gather_at, l1_at
from outrack.losses.supervised import SupervisedReID, supervised_reid_loss
from outrack.losses.task_weights import LearnedTaskWeights
from outrack.losses.utrack import UTrackLoss, utrack_loss

__all__ = [
    "DetectionLoss",
    "DetectionWeights",
    "LearnedTaskWeights",
    "OcclusionLoss",
    "SupervisedReID",
    "UTrackLoss",
    "centre_focal_loss",
    "counted_over_processes",
    "counts_over_processes",
    "cycas_loss",
    "gather_at",
    "giou_at",
    "giou_loss",
    "l1_at",
    "occlusion_loss",
    "other_detection_losses",
    "supervised_reid_loss",
    "utrack_loss",
]
