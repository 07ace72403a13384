"""Output heads, declared as data: a head can hang on any feature map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from outrack.models.maps import DenseMaps

__all__ = ["CENTRE_BIAS", "DenseHeads", "Head", "extra_heads", "head_layers"]

CENTRE_BIAS = -2.19
"""Initial value of a heat map's last bias: sigmoid(-2.19) = 0.1, so that empty cells do not dominate the first focal
losses (CenterNet and FairMOT)."""


NAMES = tuple(name for name in DenseMaps._fields if name != "pixels")
"""Every head fills the field of its name."""

_MOST_CHANNELS = 4096


@dataclass(frozen=True, slots=True)
class Head:
    """One output of a network.

    Attributes:
        name: the field of `DenseMaps` that the head fills.
        channels: channels of its map.
        bias: initial value of the last bias.
        hidden: channels between the 3x3 and the last 1x1 convolution (FairMOT: 256). 0 omits the layer, for separable
            heads only.
        convolution: `dense` is 3x3 convolution, ReLU, 1x1 (FairMOT, CenterTrack). `separable` starts with a 3x3
            depthwise and a 1x1 convolution instead: about nine times cheaper, for CPUs at stride 4.

    Raises:
        ValueError: no such field, or a size that is not positive, or far beyond what heads have.
    """

    name: str
    channels: int
    bias: float = 0.0
    hidden: int = 256
    convolution: Literal["dense", "separable"] = "dense"

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"head {self.name!r}: expected one of {', '.join(NAMES)}")
        if self.convolution not in ("dense", "separable"):
            raise ValueError(f"head {self.name!r}: expected convolution dense or separable, got {self.convolution!r}")
        for name, least in (("channels", 1), ("hidden", 0)):
            number = getattr(self, name)
            if type(number) is not int or not least <= number <= _MOST_CHANNELS:
                raise ValueError(
                    f"head {self.name!r}: expected {least} to {_MOST_CHANNELS} as {name}, whole, got {number!r}"
                )
        if isinstance(self.bias, bool) or not isinstance(self.bias, int | float) or not math.isfinite(self.bias):
            raise ValueError(f"head {self.name!r}: bias must be a finite number, got {self.bias!r}")
        if self.hidden == 0 and self.convolution == "dense":
            raise ValueError(f"head {self.name!r}: a dense head needs hidden channels, got 0")


def extra_heads(
    *,
    offset: bool = False,
    embedding_dim: int = 0,
    occlusion: bool = False,
    hidden: int = 64,
    convolution: Literal["dense", "separable"] = "separable",
) -> tuple[Head, ...]:
    """The heads that the paper adds to centres and boxes, with initial biases for training.

    Args:
        offset: sub-cell position of the centre.
        embedding_dim: length of the appearance vector (paper text 256, official code 128); 0 for none.
        occlusion: both occlusion heads (paper Sec. 3.2.1). The offset's bias starts at 0; the official code's -2.19
            comes from a substring test and is not followed (notes#heads).
        hidden: see `Head`.
        convolution: see `Head`.
    """
    declared = [
        ("offset", 2 if offset else 0, 0.0),
        ("embedding", embedding_dim, 0.0),
        ("occlusion", 1 if occlusion else 0, CENTRE_BIAS),
        ("occlusion_offset", 2 if occlusion else 0, 0.0),
    ]
    return tuple(Head(name, channels, bias, hidden, convolution) for name, channels, bias in declared if channels)


class DenseHeads(nn.ModuleDict):
    """The declared heads on a feature map of `in_channels`; `centres` and `ltrb` must be among them.

    Raises:
        ValueError: a head is missing or declared twice.
    """

    def __init__(self, heads: Sequence[Head], in_channels: int) -> None:
        names = [head.name for head in heads]
        if len(set(names)) != len(names) or not {"centres", "ltrb"} <= set(names):
            raise ValueError(f"expected centres, ltrb and any other heads, each once; got {', '.join(names)}")
        super().__init__({head.name: head_layers(head, in_channels) for head in heads})

    def forward(self, features: Tensor) -> DenseMaps:
        """features (B, in_channels, h, w) -> maps (B, channels, h, w)."""
        return DenseMaps(**{name: layers(features) for name, layers in self.items()})


def head_layers(head: Head, in_channels: int) -> nn.Sequential:
    """The layers of one head on a map of `in_channels`."""
    layers: list[nn.Module]
    if head.convolution == "dense":
        layers = [nn.Conv2d(in_channels, head.hidden, 3, padding=1), nn.ReLU()]
    else:
        layers = [nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False)]
        if head.hidden:
            layers += [nn.Conv2d(in_channels, head.hidden, 1), nn.ReLU()]
    last = nn.Conv2d(head.hidden or in_channels, head.channels, 1)
    nn.init.constant_(last.bias, head.bias)  # type: ignore[arg-type]  # there is a bias
    return nn.Sequential(*layers, last)
