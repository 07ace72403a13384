"""Losses of the paper and its baselines: one file per loss, each a pure function of raw network outputs and targets.

All of them compute in float32 (float64 for float64 input) regardless of autocast, accept 0 objects, and never change
their input. Normalisers count the objects of this process's batch, as in the official code.

Two kinds are no pure functions. The losses of detection that are means divide by `divisors.divisor`: in a block of
`counted_over_processes` it sums the counts of all processes (`all_reduce`), so there the losses depend on the other
processes' batches, and every process must compute the same losses in the same order, or all of them wait for ever.
`SupervisedReID` and `LearnedTaskWeights` are modules with parameters.
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
