"""Training and inference rates of DLA-34 on a GPU, for the times in docs/reproduce.md.

    python scripts/gpu/rates.py

The loss is a stand-in and the pictures are noise: only the network, its gradients and the optimiser are timed.
"""

from __future__ import annotations

import time

import torch

from outrack.models import create

SIZES = ((576, 320), (1088, 608))
BATCH = 12
WARM_UP_S, TIMED_S = 1.5, 2.5


def rate(neck: str, *, train: bool, batch: int, width: int, height: int) -> float:
    """Images a second."""
    network = create("fairmot-dla34", neck=neck).cuda().train(train)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own stub lacks it
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-5, fused=True)
    images = torch.randint(0, 255, (batch, 3, height, width), device="cuda", dtype=torch.uint8)
    count, start = 0, time.perf_counter()
    for seconds in (WARM_UP_S, TIMED_S):
        torch.cuda.synchronize()
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            with torch.set_grad_enabled(train), torch.autocast("cuda", torch.bfloat16):
                maps = network(images)
            if train:
                loss = torch.stack([(one.float() ** 2).mean() for one in maps if one is not None]).sum()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            torch.cuda.synchronize()
            count += batch
    return count / (time.perf_counter() - start)


def main() -> None:
    """Print one line for each neck and size."""
    torch.backends.cudnn.benchmark = True
    print(torch.cuda.get_device_name())
    for neck in ("conv", "deform"):
        for width, height in SIZES:
            learned = rate(neck, train=True, batch=BATCH, width=width, height=height)
            alone, together = (rate(neck, train=False, batch=batch, width=width, height=height) for batch in (1, BATCH))
            print(
                f"DLA-34, {neck}, {width}x{height}, bf16, images a second: training by {BATCH} {learned:.0f}, "
                f"inference one by one {alone:.0f}, by {BATCH} {together:.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
