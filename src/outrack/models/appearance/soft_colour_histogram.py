"""A soft colour histogram around every cell, which a network can learn to refine."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["NUM_BINS", "SoftColourHistogram", "mean_share"]

OPPONENT = ((0.233, 0.233, 0.233), (0.707, -0.707, 0.0), (0.408, 0.408, -0.816))
"""Brightness, red against green, yellow against blue, of RGB; brightness counts less, since shadows change it."""

PALETTE = """
    0a0a0f 261812 1f1e23 1b1f31 43291d 372e30 324024 272d53 343740 6e392a 4d3f4b 416838 604d42 495259 2d5379 ae383c
    655a6d 3e896c 656b69 816a62 996e4c 747d95 93748b 6b68cc c25888 90928a ba9283 e1b349 b1acb7 86c8d5 e1c4b7 e6dde9
"""
"""Colours of people: means of the colours in the boxes of composed training crowds (k-means in the space above)."""

MEAN_SHARE = """
    .133 .147 .181 .155 .126 .195 .118 .090 .189 .080 .191 .054 .166 .175 .039 .022
    .168 .022 .169 .160 .079 .112 .124 .024 .028 .139 .100 .014 .116 .030 .075 .063
"""
"""What people have of each of these colours: mean square root of its share, measured on the same crowds."""

NUM_BINS = len(PALETTE.split())

SHARPNESS = 200.0
"""How fast a word fades with the distance of colours, both in 0..1; 100 to 300 tell people apart alike."""


def mean_share() -> Tensor:
    """What `SoftColourHistogram` give of the average person, (NUM_BINS,)."""
    return torch.tensor([float(share) for share in MEAN_SHARE.split()])


class SoftColourHistogram(nn.Module):
    """How much of each colour of a palette there is around every cell: a soft histogram that can be learned.

    A pixel is shared among the words next to it, in proportion to `exp(-sharpness |colour - word|^2)`. The square
    spelled out is a 1x1 convolution of the colour, and the square of the colour itself. The square root of the shares
    makes the cosine of two people the Bhattacharyya coefficient of their histograms.
    """

    space: Tensor
    ones: Tensor

    def __init__(self) -> None:
        super().__init__()
        palette = torch.tensor([list(bytes.fromhex(colour)) for colour in PALETTE.split()]) / 255  # (K, 3)
        space = torch.tensor(OPPONENT)
        words = palette @ space.T
        self.register_buffer("space", space[:, :, None, None], persistent=False)
        self.register_buffer("ones", torch.ones(1, len(words), 1, 1), persistent=False)
        self.match = nn.Conv2d(3, len(words), 1)
        with torch.no_grad():
            self.match.weight.copy_((2 * SHARPNESS * words @ space)[:, :, None, None])
            self.match.bias.copy_(-SHARPNESS * words.square().sum(1))  # type: ignore[union-attr]  # it has a bias

    def forward(self, images: Tensor) -> Tensor:
        """images float (B, 3, H, W) 0..255 -> square roots of shares (B, K, H / 4, W / 4)."""
        with torch.autocast("cuda" if images.is_cuda else "cpu", enabled=False):  # bf16 would blur neighbouring words
            rgb = F.avg_pool2d(images, 2) / 255
            square = F.conv2d(rgb, self.space).square().sum(1, keepdim=True)
            # Not softmax: over channels ONNX Runtime takes nine times as long. The square keeps the exponents below 0.
            likeness = (self.match(rgb) - SHARPNESS * square).exp()
            # Nor a sum, which takes six times as long as a convolution; a colour far from all words has none of them.
            share = likeness / (F.conv2d(likeness, self.ones) + 1e-20)
            return (F.avg_pool2d(share, 2) + 1e-4).sqrt()  # the slope of a root has no end at 0
