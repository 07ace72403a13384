from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch.nn import functional as F

from outrack.models.necks.deform_conv import ModulatedDeformConv2d, modulated_deform_conv


def read_bilinear(picture: torch.Tensor, y: float, x: float) -> torch.Tensor:
    """(C, h, w) between the cells, zero outside; cell by cell, as the definition says."""
    total = torch.zeros(picture.shape[0], dtype=picture.dtype)
    top, left = math.floor(y), math.floor(x)
    for row, column in itertools.product((top, top + 1), (left, left + 1)):
        if 0 <= row < picture.shape[1] and 0 <= column < picture.shape[2]:
            total += picture[:, row, column] * (1 - abs(y - row)) * (1 - abs(x - column))
    return total


def slow_deform_conv(x, offset, mask, weight, bias):
    batch, _, height, width = x.shape
    out = bias[:, None, None].expand(batch, -1, height, width).clone()
    for image, y, column in itertools.product(range(batch), range(height), range(width)):
        for tap in range(9):
            dy, dx = offset[image, 2 * tap : 2 * tap + 2, y, column].tolist()
            read = read_bilinear(x[image], y + tap // 3 - 1 + dy, column + tap % 3 - 1 + dx)
            out[image, :, y, column] += weight[:, :, tap // 3, tap % 3] @ read * mask[image, tap, y, column]
    return out


def example(height: int = 5, width: int = 7, *, spread: float = 2.0) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(height * width)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    return (
        normal(2, 3, height, width),
        normal(2, 18, height, width) * spread,
        normal(2, 9, height, width).sigmoid(),
        normal(4, 3, 3, 3),
        normal(4),
    )


@pytest.mark.parametrize("size", [(5, 7), (1, 1), (1, 6), (4, 1)])
@pytest.mark.parametrize("spread", [0.5, 20.0])
def test_it_is_the_definition_cell_by_cell(size, spread):
    arguments = example(*size, spread=spread)
    torch.testing.assert_close(modulated_deform_conv(*arguments), slow_deform_conv(*arguments))


def test_all_gradients_are_right():
    arguments = [tensor.requires_grad_() for tensor in example(3, 4)]
    assert torch.autograd.gradcheck(modulated_deform_conv, arguments, fast_mode=False)


def test_a_new_layer_is_half_a_plain_convolution():
    torch.manual_seed(0)
    layer = ModulatedDeformConv2d(6, 5)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 6, 9, 11)
    torch.testing.assert_close(layer(x), 0.5 * F.conv2d(x, layer.weight, padding=1) + layer.bias[:, None, None])
    assert layer.weight.abs().max() <= 1 / math.sqrt(6 * 9)


def test_offsets_by_whole_cells_shift_the_picture():
    x, _, _, weight, bias = example(6, 6)
    offset = torch.zeros(2, 18, 6, 6, dtype=x.dtype)
    offset[:, 1::2] = 1  # dx
    ones = torch.ones(2, 9, 6, 6, dtype=x.dtype)
    shifted = F.conv2d(F.pad(x, (0, 1))[..., 1:], weight, bias, padding=1)
    torch.testing.assert_close(modulated_deform_conv(x, offset, ones, weight, bias)[..., 1:], shifted[..., 1:])


def test_the_layer_has_the_names_of_public_checkpoints():
    shapes = {name: tuple(tensor.shape) for name, tensor in ModulatedDeformConv2d(64, 32).state_dict().items()}
    assert shapes == {
        "weight": (32, 64, 3, 3),
        "bias": (32,),
        "conv_offset_mask.weight": (27, 64, 3, 3),
        "conv_offset_mask.bias": (27,),
    }


def test_autocast_does_not_lower_its_precision():
    torch.manual_seed(0)
    layer = ModulatedDeformConv2d(4, 4)
    x = torch.randn(1, 4, 6, 6)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = layer(x)
        assert layer(x.bfloat16()).dtype == torch.float32
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, layer(x))
