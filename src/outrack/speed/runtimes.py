"""Other ways to run a network, each with its time and with what it loses on frames of the video."""

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
NO_PEOPLE = "no people in the video, so what it loses is not known"


def installed_devices() -> tuple[str, ...]:
    """Devices beside the processor in ONNX Runtime that `outrack track --device` can take here."""
    return ("openvino", "openvino:bf16") if find_spec("openvino") else ()


def runtimes(
    network: str | Path, video: Path, *, devices: Sequence[str], files: Sequence[Path], seconds: float
) -> Iterator[Measurement]:
    """A network as it is, on other devices, and other files such as the same network in 8 bits.

    Ratios are how many times as fast they are as the network in ONNX Runtime on the processor.

    Args:
        network: the reference, as `load_detector` takes it.
        video: whose frames they see.
        devices: on which the network itself is run.
        files: networks that are run in ONNX Runtime.
        seconds: for each of them.
    """
    with open_source(video, stride=STRIDE, max_frames=NUM_FRAMES) as source:
        frames = list(source)
    reference = load_detector(network, device="cpu")
    expected = [reference(frame) for frame in frames]
    sure = reference.info.score_threshold
    others: list[tuple[str, NetworkDetector]] = [(name, load_detector(network, device=name)) for name in devices]
    others += [(file.stem, load_detector(file, device="cpu")) for file in files]
    for name, detector in others:
        one, other = (time_calls(lambda run=run: run(frames[0]), seconds=seconds) for run in (reference, detector))  # type: ignore[misc]
        found = agreement(expected, [detector(frame) for frame in frames], sure=sure)
        note = str(found) if found.boxes else NO_PEOPLE
        yield Measurement("runtimes", name, *other, one.best / other.best, "ONNX Runtime, float32", note)
