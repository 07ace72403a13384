"""Options that the figures share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter, validators

from outrack.cli.options import WHOLE, Flag, ImageSize

__all__ = [
    "CHOICE",
    "NETWORK",
    "Colours",
    "Conf",
    "Count",
    "Extractors",
    "Network",
    "Networks",
    "Output",
    "Overwrite",
    "Size",
    "Truth",
    "Visibility",
]

NETWORK = Group("Network", sort_key=0)


CHOICE = Group("What is shown", sort_key=10)


Output = Annotated[
    Path, Parameter(name=["--output", "-o"], metavar="FILE", help="Figure to write: .png, .svg or .pdf.")
]


Overwrite = Annotated[Flag, Parameter(help="Replace the figure if it exists.")]


Network = Annotated[
    Path | None,
    Parameter(
        name=["--weights", "-w"],
        metavar="FILE",
        group=NETWORK,
        help="Network: an exported .onnx, or a .safetensors (default: the bundled one).",
    ),
]


Networks = Annotated[
    list[Path] | None,
    Parameter(
        name=["--weights", "-w"],
        negative="",
        metavar="FILE",
        group=NETWORK,
        help="Network with appearance, .onnx or .safetensors; repeat it for several.",
    ),
]


Extractors = Annotated[
    list[Path] | None,
    Parameter(negative="", metavar="FILE.onnx", group=NETWORK, help="Network for crops of people, instead."),
]


Colours = Annotated[Flag, Parameter(group=NETWORK, help="Use colour histograms as appearance.")]


Size = Annotated[ImageSize, Parameter(group=NETWORK)]


Conf = Annotated[
    float | None,
    Parameter(metavar="SCORE", group=NETWORK, help="Minimum score of a person (default: the network's own)."),
]


Truth = Annotated[
    Flag,
    Parameter(
        group=NETWORK,
        help="Use the true boxes of visible people and the true occlusions (gt/gt.txt) instead of a network.",
    ),
]


Count = Annotated[int, WHOLE, Parameter(group=CHOICE, validator=validators.Number(gte=1))]


Visibility = Annotated[
    float,
    Parameter(
        metavar="SHARE",
        group=CHOICE,
        validator=validators.Number(gte=0, lte=1),
        help="Omit people with a lower visibility, if the ground truth has visibility.",
    ),
]
