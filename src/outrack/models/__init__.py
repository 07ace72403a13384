"""Networks in torch: backbones, necks, heads, decoding, and their files."""

import warnings

from outrack.models.centertrack import CenterTrack, centertrack_heads
from outrack.models.checkpoints import Transfer, load_foreign
from outrack.models.decode import DecodedDetections, decode
from outrack.models.dense_outrack import DenseOutrack, dense_outrack_heads
from outrack.models.fairmot import FairMOT, fairmot_heads
from outrack.models.heads import Head, extra_heads
from outrack.models.listing import NetworkSummary, list_networks
from outrack.models.maps import DenseMaps
from outrack.models.mobile_centernet import COCO_HEADS, MobileCenterNet
from outrack.models.mobile_centertrack import MobileCenterTrack
from outrack.models.mobile_outrack import MobileOutrack
from outrack.models.network import DenseNetwork
from outrack.models.registry import architecture_names, architecture_of, create
from outrack.models.weights import (
    Provenance,
    bundled_network,
    coco_start,
    fill_network,
    load_network,
    read_provenance,
    save_network,
)

__all__ = [
    "COCO_HEADS",
    "CenterTrack",
    "DecodedDetections",
    "DenseMaps",
    "DenseNetwork",
    "DenseOutrack",
    "FairMOT",
    "Head",
    "MobileCenterNet",
    "MobileCenterTrack",
    "MobileOutrack",
    "NetworkSummary",
    "Provenance",
    "Transfer",
    "architecture_names",
    "architecture_of",
    "bundled_network",
    "centertrack_heads",
    "coco_start",
    "create",
    "decode",
    "dense_outrack_heads",
    "extra_heads",
    "fairmot_heads",
    "fill_network",
    "list_networks",
    "load_foreign",
    "load_network",
    "read_provenance",
    "save_network",
]


_RENAMED = {"names": "architecture_names", "shipped_network": "bundled_network"}
"""Names of 0.1, to be removed in 0.3."""


def __getattr__(name: str) -> object:
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{__name__}.{name} was renamed to {_RENAMED[name]}", DeprecationWarning, stacklevel=2)
    return globals()[_RENAMED[name]]
