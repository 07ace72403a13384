"""The interface of all networks for training, decoding and export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor, nn

from outrack.models.appearance.body import BodyReading
from outrack.models.heads import Head
from outrack.models.maps import DenseMaps

__all__ = ["DenseNetwork"]


class DenseNetwork(nn.Module):
    """A network that maps images to `DenseMaps`: predictions for every cell.

    `forward(images)` takes RGB 0..255, uint8 or float, (B, 3, H, W) with H and W multiples of 32, and normalises them
    itself.

    Attributes:
        architecture: name under which `outrack.models.create` builds it.
        stride: pixels per cell.
        heads: its declared heads. `create(architecture, heads=heads, **options)` builds the same network again.
        options: further settings of the architecture, plain JSON values.
        body: at which points of the body appearance is read; None reads the cell of the centre (the paper).
        size: usual width and height of its input.
        occlusion_score: score from which its occlusion points count; 0.1 is the official code's.
        has_coco_heads: whether its boxes come from the heads of CenterNet on COCO (`COCO_HEADS`); other heads are then
            small and separable, for CPUs, unlike the papers'.
        inputs: names of the arguments of `forward`. More than `images` for networks that use the previous frame
            (CenterTrack).
    """

    architecture: ClassVar[str]
    body: ClassVar[BodyReading | None] = None
    size: ClassVar[tuple[int, int]] = (512, 384)
    occlusion_score: ClassVar[float] = 0.1
    has_coco_heads: ClassVar[bool] = False
    inputs: ClassVar[tuple[str, ...]] = ("images",)
    stride: int = 4

    def __init__(self, heads: Sequence[Head], **options: str | int | float | bool) -> None:
        super().__init__()
        self.heads = tuple(heads)
        self.options = options

    def forward(self, images: Tensor) -> DenseMaps:
        """images (B, 3, H, W) -> maps (B, channels, H / stride, W / stride)."""
        raise NotImplementedError

    def channels_of(self, name: str) -> int:
        """Channels of the head `name`, 0 if the network has no such head."""
        return next((head.channels for head in self.heads if head.name == name), 0)

    def prefix_of(self, head: str) -> str:
        """Prefix of the names of the head's tensors in the state dict."""
        return f"outputs.{head}."

    @classmethod
    def uses_previous_frame(cls) -> bool:
        """Whether `forward` also takes `previous_images` and `previous_heat` (CenterTrack)."""
        return "previous_images" in cls.inputs

    @property
    def predicts_occlusions(self) -> bool:
        """Whether it has the occlusion heads (paper Sec. 3.2.1)."""
        return self.channels_of("occlusion") > 0

    @property
    def num_classes(self) -> int:
        """Classes, one heat map each."""
        return self.channels_of("centres")

    @property
    def embedding_dim(self) -> int:
        """Length of the appearance vector, 0 without a Re-ID head."""
        return self.channels_of("embedding")

    @property
    def learned_dim(self) -> int:
        """Length of the part of the appearance vector that is learned."""
        return self.embedding_dim
