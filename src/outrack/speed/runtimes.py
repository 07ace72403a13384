"""Other devices and variants of a network, each with its time and its loss of accuracy on frames of the video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from outrack.detectors import NetworkDetector, load_detector
from outrack.io.timing import time_calls
from outrack.speed.agreement import agreement
from outrack.speed.report import Measurement
from outrack.video.sources import open_source

__all__ = ["installed_devices", "runtimes"]

NUM_FRAMES, STRIDE = 30, 5
"""Frames on which detections are compared: every fifth one from the start."""
NO_PEOPLE = "no people in the video, so its accuracy is unknown"


def installed_devices() -> tuple[str, ...]:
    """Devices available to `outrack track --device` here, besides the CPU in ONNX Runtime."""
    return ("openvino", "openvino:bf16") if find_spec("openvino") else ()


def runtimes(
    network: str | Path, video: Path, *, devices: Sequence[str], files: Sequence[Path], seconds: float
) -> Iterator[Measurement]:
    """Measure a network, the same on other devices, and other files such as the same network in 8 bits.

    Ratios are speeds relative to the network in ONNX Runtime on the CPU.

    Args:
        network: the reference, as for `load_detector`.
        video: source of the frames.
        devices: devices for the network itself.
        files: other networks, run in ONNX Runtime; those in 8 bits also in OpenVINO, if that is among `devices`.
        seconds: measuring time for each of them.
    """
    with open_source(video, stride=STRIDE, max_frames=NUM_FRAMES) as source:
        frames = list(source)
    reference = load_detector(network, device="cpu")
    expected = [reference(frame) for frame in frames]
    sure = reference.info.score_threshold
    others: list[tuple[str, NetworkDetector]] = [(name, load_detector(network, device=name)) for name in devices]
    others += [(file.stem, load_detector(file, device="cpu")) for file in files]
    if "openvino" in devices:
        eight_bits = [
            file for file, (_, network) in zip(files, others[len(devices) :], strict=True) if _is_int8(network)
        ]
        others += [(f"{file.stem}, openvino", load_detector(file, device="openvino")) for file in eight_bits]
    for name, detector in others:
        one, other = (time_calls(lambda run=run: run(frames[0]), seconds=seconds) for run in (reference, detector))  # type: ignore[misc]
        found = agreement(expected, [detector(frame) for frame in frames], sure=sure)
        note = str(found) if found.boxes else NO_PEOPLE
        yield Measurement("runtimes", name, *other, one.best / other.best, "ONNX Runtime, float32", note)


def _is_int8(network: NetworkDetector) -> bool:
    return network.info.precision == "int8"
