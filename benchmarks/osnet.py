"""OSNet, a small Re-ID network trained with identity labels: the supervised peer of our embeddings.

Zhou et al., Omni-Scale Feature Learning for Person Re-Identification (ICCV 2019). Written here so that the published
weights (torchreid, width 0.25) load by name; every tensor of the file must find its place.

    python benchmarks/osnet.py osnet_x0_25_msmt17.pt osnet.onnx

writes them as an ONNX file for `outrack eval-reid --extractor`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

CROP = (128, 256)
"""Width and height of a person's crop."""
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MAX_BATCH = 64


class Conv(nn.Module):
    """Convolution and batch normalisation, with or without ReLU."""

    def __init__(self, inside: int, outside: int, kernel: int = 1, stride: int = 1, *, relu: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outside)
        self.relu = nn.ReLU() if relu else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class LightConv(nn.Module):
    """Pointwise, then depthwise 3x3 convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv2(self.conv1(x))))


class ChannelGate(nn.Module):
    """Weighs the channels of a stream by what the whole crop shows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, max(channels // 16, 1), 1)
        self.fc2 = nn.Conv2d(max(channels // 16, 1), channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True))))
        return x * torch.sigmoid(weight)


class OmniScaleBlock(nn.Module):
    """Four streams of one to four light convolutions, gated alike and summed."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        middle = outside // 4
        self.conv1 = Conv(inside, middle)
        self.conv2a = LightConv(middle)
        self.conv2b, self.conv2c, self.conv2d = (
            nn.Sequential(*(LightConv(middle) for _ in range(depth))) for depth in (2, 3, 4)
        )
        self.gate = ChannelGate(middle)
        self.conv3 = Conv(middle, outside, relu=False)
        self.downsample = Conv(inside, outside, relu=False) if inside != outside else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        narrow = self.conv1(x)
        streams = (self.conv2a, self.conv2b, self.conv2c, self.conv2d)
        scales = sum(self.gate(stream(narrow)) for stream in streams)
        return torch.relu(self.conv3(scales) + self.downsample(x))


class OSNet(nn.Module):
    """Crops (B, 3, 256, 128) to embeddings (B, 512); the channels are those of width 0.25."""

    def __init__(self, channels: tuple[int, int, int, int] = (16, 64, 96, 128)) -> None:
        super().__init__()
        a, b, c, d = channels
        self.conv1 = Conv(3, a, 7, 2)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.conv2 = nn.Sequential(
            OmniScaleBlock(a, b), OmniScaleBlock(b, b), nn.Sequential(Conv(b, b), nn.AvgPool2d(2))
        )
        self.conv3 = nn.Sequential(
            OmniScaleBlock(b, c), OmniScaleBlock(c, c), nn.Sequential(Conv(c, c), nn.AvgPool2d(2))
        )
        self.conv4 = nn.Sequential(OmniScaleBlock(c, d), OmniScaleBlock(d, d))
        self.conv5 = Conv(d, d)
        self.fc = nn.Sequential(nn.Linear(d, 512), nn.BatchNorm1d(512), nn.ReLU())

    def forward(self, crops: Tensor) -> Tensor:
        x = self.conv4(self.conv3(self.conv2(self.maxpool(self.conv1(crops)))))
        return self.fc(self.conv5(x).mean((2, 3)))


def load_osnet(weights: Path) -> OSNet:
    """The network of a torchreid file, in evaluation mode."""
    tensors = torch.load(weights, map_location="cpu", weights_only=True)
    named = {
        name.removeprefix("module."): tensor
        for name, tensor in tensors.get("state_dict", tensors).items()
        if "classifier" not in name
    }
    network = OSNet().eval()
    network.load_state_dict(named)
    return network


class OSNetExtractor:
    """The embeddings of the boxes of an image, for `outrack.evaluation.reid`."""

    def __init__(self, weights: Path) -> None:
        self._network = load_osnet(weights)

    def __call__(self, image: NDArray[np.uint8], xyxy: NDArray[np.float64]) -> NDArray[np.float32]:
        height, width = image.shape[:2]
        picture = Image.fromarray(image)
        crops = []
        for x1, y1, x2, y2 in xyxy:
            left, top = np.clip([x1, y1], 0, [width - 1, height - 1])
            right, bottom = np.clip([x2, y2], [left + 1, top + 1], [width, height])
            crops.append(np.asarray(picture.resize(CROP, Image.Resampling.BILINEAR, (left, top, right, bottom))))
        batch = (torch.from_numpy(np.stack(crops)).float() / 255 - torch.tensor(MEAN)) / torch.tensor(STD)
        with torch.inference_mode():
            parts = [self._network(part) for part in batch.permute(0, 3, 1, 2).split(MAX_BATCH)]
        return torch.cat(parts).numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="file of torchreid, width 0.25")
    parser.add_argument("output", type=Path, help="ONNX file to write")
    chosen = parser.parse_args()
    width, height = CROP
    torch.onnx.export(
        load_osnet(chosen.weights),
        (torch.zeros(2, 3, height, width),),
        chosen.output,
        dynamo=True,
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        input_names=["crops"],
        output_names=["embeddings"],
        verbose=False,
    )


if __name__ == "__main__":
    main()
