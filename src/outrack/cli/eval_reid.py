"""`outrack eval-reid`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter, validators

from outrack.cli.options import WHOLE, Flag, Half, ImageSize, Quiet, Verbose, width_and_height
from outrack.jobs.outputs import check_new_file

__all__ = ["app", "evaluate_appearance"]

EXAMPLES = """\
Examples:

- A network's appearance by the paper's protocol, on the SDP copies of MOT17's training sequences:\\
  `outrack eval-reid MOT17/train --weights runs/mot17/best.safetensors`
- As used in tracking, next to another Re-ID network, on the validation half:\\
  `outrack eval-reid MOT17/train --half fairmot-val --weights mot17.onnx --extractor osnet.onnx -o reid.md`
"""

APPEARANCE = Group("Appearance", sort_key=0)
BOXES = Group("Boxes", sort_key=10)

app = App(name="eval-reid", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def evaluate_appearance(
    data: Path,
    *,
    weights: Annotated[
        list[Path] | None, Parameter(name=["--weights", "-w"], negative="", metavar="FILE", group=APPEARANCE)
    ] = None,
    extractor: Annotated[list[Path] | None, Parameter(negative="", metavar="FILE.onnx", group=APPEARANCE)] = None,
    imgsz: Annotated[ImageSize, Parameter(group=APPEARANCE)] = None,
    crop: Annotated[str | None, Parameter(metavar="WIDTHxHEIGHT", group=APPEARANCE)] = None,
    mean: Annotated[tuple[float, float, float], Parameter(negative="", group=APPEARANCE)] = (0.485, 0.456, 0.406),
    std: Annotated[tuple[float, float, float], Parameter(negative="", group=APPEARANCE)] = (0.229, 0.224, 0.225),
    half: Annotated[Half, Parameter(group=BOXES)] = "full",
    stride: Annotated[int, WHOLE, Parameter(group=BOXES, validator=validators.Number(gte=1))] = 1,
    min_visibility: Annotated[
        float, Parameter(metavar="SHARE", group=BOXES, validator=validators.Number(gte=0, lte=1))
    ] = 0.7,
    output: Annotated[list[Path] | None, Parameter(name=["--output", "-o"], negative="", metavar="FILE")] = None,
    overwrite: Flag = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Score appearance against known identities: R1 and mAP, with colour histograms as a baseline.

    The first half of every tracklet is the query set, the rest of all tracklets the gallery (paper Tables 7 and 8).

    Args:
        data: Sequences with identities: MOTChallenge folders, or any dataset that `outrack train` reads.
        weights: Network with appearance; repeat it for several. A .safetensors is read at the true boxes, as in the
            paper, in pictures of its architecture's usual size (--imgsz); an .onnx at the detections that match them,
            and missed boxes count as unread.
        extractor: Another Re-ID network, which takes crops of people; repeat it for several.
        crop: Size of its crops, if the file does not fix it.
        mean: Mean subtracted from its channels, for values in 0..1.
        std: Standard deviation by which its channels are then divided.
        stride: Use every n-th frame; neighbouring frames are nearly identical, so a larger stride is harder.
        min_visibility: Omit people with a lower visibility.
        output: Report to write: .json, .csv or .md; repeat it for several.
        overwrite: Replace reports that exist.
    """
    from outrack.datasets import DatasetOptions, open_dataset
    from outrack.evaluation.colour_histogram import hsv_histogram
    from outrack.evaluation.extractors import CropNetwork, open_appearance
    from outrack.evaluation.reid import Extractor
    from outrack.evaluation.reid_report import REID_SUFFIXES, reid_table, score_appearance, write_reid_report
    from outrack.jobs.console import Terminal, stderr
    from outrack.jobs.counting import counted

    for path in output or ():
        check_new_file(path, REID_SUFFIXES, overwrite=overwrite)
    crop_size = None if crop is None else width_and_height("--crop", crop)
    extractors: dict[str, Extractor] = {"colour histograms": hsv_histogram}
    for path in weights or ():
        extractors[str(path)] = open_appearance(path, image_size=imgsz)
    for path in extractor or ():
        extractors[str(path)] = CropNetwork(path, size=crop_size, mean=mean, std=std)
    images = open_dataset(data, DatasetOptions(half=half, with_ids=True))
    images = [image for image in images if image.frame % stride == 0]
    rows = [
        score_appearance(
            name,
            counted((image.read() for image in images), stderr, f"pictures, {name}", len(images), show=not quiet),
            extract,
            min_visibility=min_visibility,
        )
        for name, extract in extractors.items()
    ]
    for path in output or ():
        write_reid_report(path, rows)
    if not quiet:
        Terminal(highlight=False).print(reid_table(rows))
    return 0
