"""Runs all speed measurements, one after the other."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from outrack import __version__
from outrack.detectors import NetworkDetector, Speed, load_detector
from outrack.detectors.bundled import resolve_weights
from outrack.detectors.size_for_live import size_for_live
from outrack.io.machine import num_cores
from outrack.io.timing import time_calls
from outrack.speed.ceilings import Ceiling, ceilings
from outrack.speed.clip import write_clip
from outrack.speed.operations import giga_operations
from outrack.speed.report import Measurement, SpeedReport
from outrack.speed.runtimes import installed_devices, runtimes
from outrack.speed.tracking_step import assignment_times, crowd, step_times
from outrack.speed.video_parts import end_to_end, network_alone, picture_parts
from outrack.structures import Frame
from outrack.video.defaults import default_config_for
from outrack.video.sources import open_source

__all__ = ["Plan", "measure_machine"]

LIVE_RATE = 30.0
"""Frames per second of a camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured, and for how long.

    Attributes:
        seconds: measuring time for each operation that takes milliseconds.
        networks: names or files, as for `load_detector`.
        speeds: sizes at which each network runs.
        devices: devices on which the first network also runs, as for `load_detector`.
        other_networks: files to compare with the first network, such as the same network in 8 bits.
        crowds: numbers of people for the tracking step.
        clip_size: width and height of the synthetic video.
        num_frames: frames of the video to decode, encode and track.
        small: run a sixteenth of the ceilings' work, for tests.
    """

    seconds: float = 0.5
    networks: tuple[str | Path, ...] = ("default", "open")
    speeds: tuple[Speed, ...] = ("fast", "balanced", "accurate")
    devices: tuple[str, ...] = field(default_factory=installed_devices)
    other_networks: tuple[Path, ...] = ()
    crowds: tuple[int, ...] = (20, 100, 300, 1000)
    clip_size: tuple[int, int] = (1920, 1080)
    num_frames: int = 75
    small: bool = False


def measure_machine(
    video: Path | None = None,
    *,
    plan: Plan | None = None,
    on_measured: Callable[[Measurement], None] = lambda measurement: None,
) -> SpeedReport:
    """Measure the ceilings, each network, the tracking step, decoding, painting and encoding, and the whole end to end.

    Args:
        video: a video file to measure on; by default a synthetic one.
        plan: what is measured.
        on_measured: called with each measurement as soon as it is available.

    Raises:
        FileNotFoundError, ValueError: the video or a network cannot be read.
    """
    plan = plan or Plan()
    with TemporaryDirectory(prefix="outrack-bench-") as folder:
        if video is None:
            video = Path(folder, "made.mp4")
            write_clip(video, size=plan.clip_size, num_frames=plan.num_frames)
        same_work: list[float] = []
        measured = []
        for measurement in _measurements(video, plan, same_work):
            measured.append(measurement)
            on_measured(measurement)
    return SpeedReport(_machine(), tuple(measured), max(same_work) - 1)


def _measurements(video: Path, plan: Plan, same_work: list[float]) -> Iterator[Measurement]:
    """All measurements, in order. The same work is repeated in between, to detect other load on the machine:
    `same_work` collects the ratios of the slowest to the fastest repetition."""
    tops = ceilings(small=plan.small, with_openvino=bool(plan.devices))
    reference = tops[0]
    convolutions = {top.precision: top for top in tops if top.is_convolution}
    looks: list[float] = []

    def look() -> None:
        # The median, since other load on the machine lowers typical speed before it lowers the best.
        looks.append(time_calls(reference.run, seconds=plan.seconds).median)
        same_work.append(max(looks) / min(looks))

    for top in tops:
        timing = time_calls(top.run, seconds=plan.seconds)
        yield Measurement("ceilings", top.name, *timing, note=f"{1e3 * top.giga / timing.best:.0f} GMAC/s")
    look()
    for name in plan.networks:
        for device in ("cpu", *plan.devices):
            top = convolutions.get("bfloat16" if device.endswith("bf16") else "float32", reference)
            for speed in plan.speeds:
                yield _network(name, device, speed, top, plan.seconds)
    yield from runtimes(plan.networks[0], video, devices=plan.devices, files=plan.other_networks, seconds=plan.seconds)
    look()
    for number in plan.crowds:
        yield _tracking_step(number)
    detector = load_detector(plan.networks[0])
    yield _live(detector)
    yield from picture_parts(video, detector, num_frames=plan.num_frames, seconds=plan.seconds)
    yield from _end_to_end(video, detector, plan.num_frames, same_work)
    look()


def _network(name: str | Path, device: str, speed: Speed, top: Ceiling, seconds: float) -> Measurement:
    """One network, one frame at a time. Its ratio is relative to the throughput of a single convolution."""
    detector = load_detector(name, device=device, speed=speed)
    frame = _blank(detector)
    width, height = detector.size_of(frame)
    timing = time_calls(lambda: detector(frame), seconds=seconds)
    convolution = time_calls(top.run, seconds=seconds / 4)
    giga = giga_operations(resolve_weights(name), (width, height))
    label = name if isinstance(name, str) else name.stem
    on = "" if device == "cpu" else f", {device}"
    return Measurement(
        "network",
        f"{label}, {speed}, {width}x{height}{on}",
        *timing,
        (giga / timing.best) / (top.giga / convolution.best),
        "a 3x3 convolution, in GMAC/s",
        f"{giga:.1f} GMAC",
    )


def _live(detector: NetworkDetector) -> Measurement:
    """The size that `--speed auto` selects for a camera."""
    frame = _blank(detector)
    found = size_for_live(detector, frame, frame_rate=LIVE_RATE)
    width, height = found.network.size_of(frame)
    note = "" if found.keeps_up else "the smallest size is too slow"
    return Measurement("live", f"{LIVE_RATE:g} frames per second: {width}x{height}", found.ms, found.ms, note=note)


def _blank(detector: NetworkDetector) -> Frame:
    """A blank picture with the network's aspect ratio, at twice its input size."""
    width, height = detector.info.size
    return Frame(np.random.default_rng(0).integers(0, 255, (2 * height, 2 * width, 3), dtype=np.uint8), 0, 0.0)


def _end_to_end(
    video: Path, detector: NetworkDetector, num_frames: int, same_work: list[float]
) -> Iterator[Measurement]:
    """End to end, with the network alone measured before and after."""
    one_by_one = network_alone(video, detector, num_frames=num_frames // 3, may_wait=False)
    before = network_alone(video, detector, num_frames=num_frames)
    with open_source(video) as source:
        fewer = default_config_for(detector).with_values({"frame_rate": source.frame_rate})
    every = fewer.with_values({"smoothing.detection_rate": 0.0})
    runs = list(end_to_end(video, detector, every, num_frames=num_frames))
    after = network_alone(video, detector, num_frames=num_frames)
    same_work.append(max(before.best, after.best) / min(before.best, after.best))
    alone = min(before, after)
    share = one_by_one.best / alone.best
    note = f"{one_by_one.best:.2f} ms"
    yield Measurement("several frames", f"{detector.num_parallel} at once", *alone, share, "one at a time", note)
    for name, timing, parts in runs:
        label = f"{name}, every frame detected"
        yield Measurement("end to end", label, *timing, alone.best / timing.best, "the network alone", parts)
    for name, timing, parts in end_to_end(video, detector, fewer, num_frames=num_frames):
        yield Measurement("end to end", name, *timing, note=parts)


def _tracking_step(num_people: int) -> Measurement:
    scene = list(crowd(num_people, 25))
    step, floor = step_times(scene), assignment_times(scene)
    return Measurement(
        "tracking step",
        f"{num_people} people",
        *step,
        floor.median / step.median,
        "the assignment alone",
        f"assignment {floor.median:.2f} ms",
    )


def _machine() -> dict[str, str]:
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": str(num_cores()),
        "python": platform.python_version(),
        "outrack": __version__,
        **{package: version(package) for package in ("numpy", "scipy", "onnxruntime", "av")},
    }
