"""Lists the networks, their cost, and where their weights come from."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from outrack.models.centertrack import CenterTrack
from outrack.models.fairmot import FairMOT
from outrack.models.network import DenseNetwork
from outrack.models.registry import architecture_names, create
from outrack.models.weights import read_architecture, read_provenance

__all__ = ["NetworkSummary", "giga_macs", "list_networks"]

PUBLIC = {
    FairMOT.architecture: "FairMOT (fairmot_dla34), COCO CenterNet (ctdet_coco_dla_2x), ImageNet (dla34-ba72cf86)",
    CenterTrack.architecture: "CenterTrack (mot17_half), COCO CenterNet (ctdet_coco_dla_2x), ImageNet (dla34-ba72cf86)",
}
"""Public checkpoints that `load_foreign` reads."""


@dataclass(frozen=True, slots=True)
class NetworkSummary:
    """One architecture, with the heads that it has by default.

    Attributes:
        name: for `create`.
        size: usual width and height.
        parameters: their number.
        giga_macs: multiply-accumulate operations for one image of that size, in billions (10^9).
        trained_on: training data of the bundled weights; `nothing` if there are none.
        weights: where weights are available.
    """

    name: str
    size: tuple[int, int]
    parameters: int
    giga_macs: float
    trained_on: str
    weights: str


def list_networks() -> list[NetworkSummary]:
    """All networks, by name. Builds each on the meta device, which takes a second or two."""
    bundled = {read_architecture(path): path for path in _bundled()}
    summaries = []
    for name in architecture_names():
        with torch.device("meta"):
            network = create(name).eval()
        path = bundled.get(name)
        summaries.append(
            NetworkSummary(
                name=name,
                size=network.size,
                parameters=sum(parameter.numel() for parameter in network.parameters()),
                giga_macs=giga_macs(network),
                trained_on="nothing" if path is None else read_provenance(path).trained_on,
                weights=PUBLIC.get(name, "train it") if path is None else str(path),
            )
        )
    return summaries


def giga_macs(network: DenseNetwork) -> float:
    """Multiply-accumulate operations for one image of the network's size, in billions (10^9).

    Args:
        network: on the meta device, where only shapes are computed, or on any other.
    """
    width, height = network.size
    image = torch.empty(1, 3, height, width, device=next(network.parameters()).device)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(image)
    return float(counter.get_total_flops() / 2e9)


def _bundled() -> list[Path]:
    return sorted(Path(str(resources.files("outrack") / "weights")).glob("*.safetensors"))
