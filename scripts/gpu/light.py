"""Changes of light, on the GPU."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["change_light"]


def change_light(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Gain, tint, contrast, saturation, gamma, noise and softness, each picture on its own; (B, 3, H, W), 0..255."""
    count, device = len(images), images.device

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return torch.tensor(rng.uniform(low, high, (count, *(shape or (1, 1, 1)))), device=device, dtype=torch.float32)

    out = images.float()
    grey = out.mean(1, keepdim=True)
    out = grey + (out - grey) * draw(0.4, 1.4)
    middle = out.mean((1, 2, 3), keepdim=True)
    out = (middle + (out - middle) * draw(0.7, 1.3)) * draw(0.7, 1.35) * draw(0.92, 1.08, 3, 1, 1)
    out = 255 * (out.clamp(0, 255) / 255 + 1e-4) ** draw(0.75, 1.35)
    soft = F.interpolate(F.avg_pool2d(out, 2), scale_factor=2.0, mode="bilinear")
    out = torch.where(draw(0, 1) < 0.15, soft, out)
    sigma = torch.where(draw(0, 1) < 0.3, draw(0, 10), torch.zeros((), device=device))
    return (out + torch.randn_like(out) * sigma).clamp(0, 255)
