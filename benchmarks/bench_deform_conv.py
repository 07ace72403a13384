"""Deformable convolution in plain torch: our implementation compared with two others, and with a plain convolution.

    python benchmarks/bench_deform_conv.py

`grid_sample` is `outrack.models.necks.deform_conv`; `gather` reads the four neighbours of every place by index, which
is how it is usually written out; `DeformConv` is the exported operator in ONNX Runtime. All of them take the same
offsets and masks, and must agree. Medians in one process, the forms in turn; offsets and masks are not computed here.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import onnxruntime
import torch
from torch import Tensor
from torch.nn import functional as F

from outrack.models.necks.deform_conv import modulated_deform_conv

SHAPES = ((64, 80, 144), (64, 152, 272), (128, 40, 72), (256, 20, 36))
"""Channels, height and width of maps in the neck: at 576x320, and the largest one at 1088x608."""
ROUNDS = 7


def by_gather(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Arguments as for `modulated_deform_conv`."""
    batch, channels, height, width = x.shape
    padded = F.pad(x, (2, 2, 2, 2)).flatten(2)
    tap = torch.arange(9)[:, None, None]
    dy, dx = offset.reshape(batch, 9, 2, height, width).unbind(2)
    y = (dy + tap // 3 - 1 + torch.arange(height)[:, None]).clamp(-2, height + 0.999) + 2
    x_at = (dx + tap % 3 - 1 + torch.arange(width)).clamp(-2, width + 0.999) + 2
    top, left = y.floor(), x_at.floor()
    below, right = y - top, x_at - left
    columns = torch.zeros(batch, channels, 9, height, width)
    for down, across, share in (
        (0, 0, (1 - below) * (1 - right)),
        (0, 1, (1 - below) * right),
        (1, 0, below * (1 - right)),
        (1, 1, below * right),
    ):
        cell = ((top + down) * (width + 4) + left + across).long().reshape(batch, 1, -1)
        read = padded.gather(2, cell.expand(-1, channels, -1)).reshape(columns.shape)
        columns += read * (share * mask)[:, None]
    out = weight.flatten(1) @ columns.reshape(batch, channels * 9, -1) + bias[:, None]
    return out.reshape(batch, -1, height, width)


def in_onnx_runtime(arguments: tuple[Tensor, ...]) -> Callable[[], Tensor]:
    """The operator `DeformConv` on these arguments, ready to run."""

    class Operator(torch.nn.Module):
        def forward(self, x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
            return modulated_deform_conv(x, offset, mask, weight, bias)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deform.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch's own internals
            torch.onnx.export(Operator().eval(), arguments, path, dynamo=True, opset_version=20, verbose=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = {value.name: a.numpy() for value, a in zip(session.get_inputs(), arguments, strict=True)}
    return lambda: torch.from_numpy(session.run(None, given)[0])


def example(channels: int, height: int, width: int) -> tuple[Tensor, ...]:
    """Input, offsets of about a cell, masks, weight and bias."""
    torch.manual_seed(0)
    return (
        torch.randn(1, channels, height, width),
        torch.randn(1, 18, height, width),
        torch.rand(1, 9, height, width),
        torch.randn(channels, channels, 3, 3) / (3 * channels**0.5),
        torch.randn(channels),
    )


def milliseconds(forms: dict[str, Callable[[], Tensor]]) -> dict[str, float]:
    """Median of each form, one call of each in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in forms}
    for _ in range(ROUNDS):
        for name, run in forms.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: 1000 * statistics.median(taken[1:]) for name, taken in seconds.items()}


def rows() -> Iterator[str]:
    """One line of the table for each shape."""
    for shape in SHAPES:
        arguments = example(*shape)
        x, _, _, weight, bias = arguments
        x_last, weight_last = (t.contiguous(memory_format=torch.channels_last) for t in (x, weight))
        operator = in_onnx_runtime(arguments)
        ours = modulated_deform_conv(*arguments)
        for other in (by_gather(*arguments), operator()):
            torch.testing.assert_close(other, ours, atol=1e-3, rtol=1e-3)
        ms = milliseconds(
            {
                "plain": lambda x=x_last, w=weight_last, b=bias: F.conv2d(x, w, b, padding=1),
                "grid_sample": lambda a=arguments: modulated_deform_conv(*a),
                "gather": lambda a=arguments: by_gather(*a),
                "DeformConv": operator,
            }
        )
        cells = [f"{ms[name]:.1f} ms ({ms[name] / ms['plain']:.1f}x)" for name in ms]
        yield f"| {shape[0]} x {shape[1]} x {shape[2]} | {' | '.join(cells)} |"


def main() -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, onnxruntime {onnxruntime.__version__}")
    print("| map | plain convolution | grid_sample (ours) | gather | DeformConv (ONNX Runtime) |")
    print("|---|---|---|---|---|")
    with torch.inference_mode():
        for row in rows():
            print(row, flush=True)


if __name__ == "__main__":
    main()
