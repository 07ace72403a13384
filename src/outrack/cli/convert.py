"""`outrack convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter
from cyclopts.validators import Number

from outrack.cli.options import Flag, Quiet, Verbose, width_and_height
from outrack.conversion.formats import FormatName
from outrack.conversion.picture_files import Placing

__all__ = ["app", "convert_labels"]

EXAMPLES = """\
Examples:

- Ground truth of MOTChallenge for COCO's tools, and with its pictures for FiftyOne and Datumaro:\\
  `outrack convert MOT17/train mot17.json`\\
  `outrack convert MOT17/train mot17/ --to coco-folder`
- Tracks for correction in CVAT, and back for training:\\
  `outrack convert street.jsonl street.xml`\\
  `outrack convert street.zip street/ --to mot`
- A folder of results for MOTChallenge's test server:\\
  `outrack convert results/ upload.zip --from mot-results --to mot-zip`
- CrowdHuman for a YOLO trainer:\\
  `outrack convert annotation_train.odgt crowdhuman/ --to yolo`

Formats: `mot` (folders SEQ/{seqinfo.ini, gt/gt.txt, img1/}), `mot-gt` (gt.txt), `mot-det` (det.txt), `mot-results`
(SEQ.txt), `mot-zip` (the test server's), `coco` (COCO and COCO-VID json), `coco-folder` (images/ with annotations/),
`yolo` and `jde` (images/ with labels/ or labels_with_ids/), `crowdhuman` (.odgt), `cvat` (CVAT for video 1.1),
`cvat-mot` (CVAT's MOT 1.1 zip), `csv` and `jsonl` (of `outrack track`).
"""

FORMATS = Group("Formats", sort_key=0)
FILLING = Group("Missing information", sort_key=10)
OUTPUT = Group("Output", sort_key=20)

app = App(name="convert", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def convert_labels(
    source: Path,
    target: Annotated[Path, Parameter(name=["--target", "--output", "-o"])],
    *,
    from_format: Annotated[
        FormatName | None, Parameter(name="--from", metavar="FORMAT", show_choices=False, group=FORMATS)
    ] = None,
    to_format: Annotated[
        FormatName | None, Parameter(name="--to", metavar="FORMAT", show_choices=False, group=FORMATS)
    ] = None,
    images: Annotated[Path | None, Parameter(metavar="FOLDER", group=FILLING)] = None,
    size: Annotated[str | None, Parameter(metavar="WIDTHxHEIGHT", group=FILLING)] = None,
    frame_rate: Annotated[float | None, Parameter(metavar="FPS", validator=Number(gt=0), group=FILLING)] = None,
    as_videos: Annotated[Flag, Parameter(group=FILLING)] = False,
    pictures: Annotated[Placing, Parameter(group=OUTPUT)] = "link",
    overwrite: Annotated[Flag, Parameter(group=OUTPUT)] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Convert label files: MOTChallenge, COCO, YOLO, CrowdHuman, CVAT, CSV and JSON Lines, in and out.

    What both formats can represent is kept. What is lost is named and counted in one line.

    Args:
        source: File or folder to read.
        target: File or folder to write. Formats with one file per video need a folder for several videos.
        from_format: Format of the source, if it is not recognised.
        to_format: Format to write, if the ending is not enough: .json is coco, .xml cvat, .csv, .jsonl and .odgt are
            what they say, and .txt is mot-results unless the name is gt.txt or det.txt.
        images: Folder of the pictures that COCO and CrowdHuman files name (default: next to the labels).
        size: Width and height of pictures whose size is unknown.
        frame_rate: Frames per second of videos without a known rate.
        as_videos: Treat each folder of pictures as a video, with frames in order of their names.
        pictures: Whether written folders (mot, coco-folder, yolo, jde) get links to the pictures, copies, or none.
        overwrite: Replace files that exist.
    """
    from outrack.conversion import convert
    from outrack.io.wording import counted_noun
    from outrack.jobs.console import Terminal

    done = convert(
        source,
        target,
        from_format=from_format,
        to_format=to_format,
        images=images,
        size=None if size is None else width_and_height("--size", size),
        frame_rate=frame_rate,
        as_videos=as_videos,
        pictures=pictures,
        overwrite=overwrite,
    )
    if not quiet:
        console = Terminal(highlight=False, soft_wrap=True)
        counts = [(done.num_pictures, "picture"), (done.num_boxes, "box"), (done.num_identities, "identity")]
        if done.num_videos:
            counts.insert(0, (done.num_videos, "video"))
        read = ", ".join(counted_noun(count, thing) for count, thing in counts)
        console.print(f"{done.source} to {done.target}: {read}", markup=False)
        lost = ", ".join(f"{count} {what}" for what, count in sorted(done.lost.items())) or "nothing"
        console.print(f"lost: {lost}", markup=False)
        for path in done.written:
            console.print(str(path), markup=False)
    return 0
