"""Names of the devices on which networks run."""

from __future__ import annotations

import re

__all__ = ["check_device"]

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?|openvino(:(f32|bf16))?")


def check_device(device: str) -> None:
    """Refuse what is not the name of a device, before anything is loaded.

    Raises:
        ValueError: names the devices.
    """
    if not (isinstance(device, str) and _DEVICE.fullmatch(device)):
        raise ValueError(f"device: expected auto, cpu, cuda, cuda:N, openvino or openvino:bf16, got {device!r}")
