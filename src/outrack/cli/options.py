"""Options that several commands share, with one name and one help text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter, Token

from outrack.cli.messages import UsageError

__all__ = [
    "OTHER",
    "WHOLE",
    "ConfigFile",
    "Device",
    "Flag",
    "Half",
    "ImageSize",
    "Quiet",
    "Verbose",
    "Weights",
    "image_size",
    "join_image_size",
    "join_standard_streams",
    "whole_number",
    "width_and_height",
]

OTHER = Group("Other", sort_key=90)


def image_size(type_: Any, tokens: Sequence[Token]) -> int | tuple[int, int]:
    """`640` is the long side, `768x576` width and height; a YAML file may also say `[768, 576]`.

    Raises:
        ValueError: anything else.
    """
    text = "x".join(token.value for token in tokens)
    if not re.fullmatch(r"\d+(x\d+)?", text):
        raise ValueError(f"expected the long side (640) or width x height (768x576), got {text!r}")
    numbers = [int(number) for number in text.split("x")]
    from outrack.detectors.input_size import FitInto  # here, so that `outrack track --help` is fast

    FitInto(numbers[0], numbers[-1])  # refuses sides that no network can see
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])


def whole_number(type_: Any, tokens: Sequence[Token]) -> int | list[int]:
    """A whole number, or a list of them; without this, `2.5` would be rounded.

    Raises:
        ValueError: anything else.
    """
    for token in tokens:
        if not re.fullmatch(r"[+-]?\d+", token.value):
            raise ValueError(f"expected a whole number, got {token.value!r}")
    numbers = [int(token.value) for token in tokens]
    return numbers if "list" in str(type_) else numbers[0]


def join_image_size(words: Sequence[str]) -> list[str]:
    """`--imgsz 768 576` as `--imgsz 768x576`; the second number would be parsed as another source."""
    text = re.sub(r"(--imgsz(?:\0|=)\d{2,})\0(\d{2,})(?=\0|$)", r"\1x\2", "\0".join(words))
    return text.split("\0") if text else []


def join_standard_streams(words: Sequence[str]) -> list[str]:
    """`-o -` as `--output=-`, and `--detections -` and `--public -` likewise; a word that begins with a dash would be
    parsed as another option."""
    joined = re.sub(
        r"(?<![^\0])(-o|--output|--detections|--public)\0(-(?:\.\w+)?)(?=\0|$)",
        lambda match: f"{'--output' if match[1] == '-o' else match[1]}={match[2]}",
        "\0".join(words),
    )
    return joined.split("\0") if joined else []


def width_and_height(option: str, text: str) -> tuple[int, int]:
    """`512x320` as two numbers.

    Raises:
        UsageError: anything else; names the option.
    """
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise UsageError(f"{option} {text}: expected width x height in pixels, such as 512x320")
    return int(width), int(height)


def _check_device(type_: Any, device: str) -> None:
    from outrack.detectors.devices import check_device  # here, so that `outrack track --help` is fast

    check_device(device)


WHOLE = Parameter(metavar="N", converter=whole_number)
Flag = Annotated[bool, Parameter(negative="", show_default=False)]
Verbose = Annotated[
    bool,
    Parameter(
        name=["--verbose", "-v"],
        negative="",
        show_default=False,
        group=OTHER,
        help="Print details, and tracebacks of errors.",
    ),
]
Quiet = Annotated[
    bool,
    Parameter(name=["--quiet", "-q"], negative="", show_default=False, group=OTHER, help="Print errors only."),
]
Device = Annotated[
    str,
    Parameter(
        metavar="DEVICE",
        validator=_check_device,
        help="auto (CUDA if ONNX Runtime has it, else cpu), cpu, cuda, cuda:N, openvino or openvino:bf16.",
    ),
]
ConfigFile = Annotated[
    Path | None,
    Parameter(
        name="--config",
        metavar="FILE.yaml",
        group=OTHER,
        help="Read options from this file; the command line takes precedence.",
    ),
]
Weights = Annotated[
    Path | None,
    Parameter(
        name=["--weights", "-w"],
        metavar="FILE.onnx",
        help="Exported network, or open, the bundled one for commercial use (default: the bundled one for research).",
    ),
]
Half = Annotated[
    Literal["full", "fairmot-train", "fairmot-val", "centertrack-train", "centertrack-val"],
    Parameter(
        name=["--half", "--split"],
        help=(
            "All frames, or the half of every sequence that FairMOT or CenterTrack train or validate on. --split "
            "is the name of 0.1 and will be removed in 0.3."
        ),
    ),
]
ImageSize = Annotated[
    int | tuple[int, int] | None,
    Parameter(
        name="--imgsz",
        metavar="SIZE",
        converter=image_size,
        n_tokens=1,
        negative="",
        help=(
            "Input size of the network: the long side (640), or width and height (768 576). Smaller is faster, "
            "larger finds smaller people."
        ),
    ),
]
