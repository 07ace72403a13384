"""`outrack figure`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Group, Parameter, validators

from outrack.cli.messages import UsageError
from outrack.cli.options import Flag, ImageSize, Quiet, Verbose
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.jobs.outputs import check_new_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from outrack.evaluation.reid import Extractor
    from outrack.figures import FigureDetector

__all__ = ["app"]

EXAMPLES = """\
Examples:

- Where people occlude each other, as the network sees it:\\
  `outrack figure heatmap street.mp4 --weights mine.onnx -o occlusions.png`
- Who was found back behind others, by a perfect detector on a synthetic sequence:\\
  `outrack figure refinding crowds/composed-00000 --truth -o refound.png`
- Two extractors of appearance side by side:\\
  `outrack figure tsne MOT17-02-SDP --weights mine.onnx --extractor osnet.onnx -o people.svg`
"""

SIGHT = Group("Network", sort_key=0)
CHOICE = Group("What is shown", sort_key=10)

Output = Annotated[
    Path, Parameter(name=["--output", "-o"], metavar="FILE", help="Figure to write: .png, .svg or .pdf.")
]
Overwrite = Annotated[Flag, Parameter(help="Replace the figure if it exists.")]
Network = Annotated[
    Path | None,
    Parameter(
        name=["--weights", "-w"],
        metavar="FILE",
        group=SIGHT,
        help="Network: an exported .onnx, or a .safetensors; the one that comes along when left out.",
    ),
]
Networks = Annotated[
    list[Path] | None,
    Parameter(
        name=["--weights", "-w"],
        negative="",
        metavar="FILE",
        group=SIGHT,
        help="Network with appearance, .onnx or .safetensors; repeat it for several.",
    ),
]
Extractors = Annotated[
    list[Path] | None,
    Parameter(negative="", metavar="FILE.onnx", group=SIGHT, help="Network that takes crops of people instead."),
]
Colours = Annotated[Flag, Parameter(group=SIGHT, help="Take colour histograms as appearance.")]
Size = Annotated[ImageSize, Parameter(group=SIGHT)]
Conf = Annotated[
    float | None,
    Parameter(metavar="SCORE", group=SIGHT, help="Score from which a person counts; the network's own when left out."),
]
Truth = Annotated[
    Flag,
    Parameter(
        group=SIGHT,
        help="See what a perfect network would: the true boxes of the visible, and the true occlusions (gt/gt.txt).",
    ),
]
Count = Annotated[int, Parameter(metavar="N", group=CHOICE, validator=validators.Number(gte=1))]
Visibility = Annotated[
    float,
    Parameter(
        metavar="SHARE",
        group=CHOICE,
        validator=validators.Number(gte=0, lte=1),
        help="Leave out people of whom less is visible, where the ground truth says so.",
    ),
]

app = App(name="figure", help_format="markdown", help_epilogue=EXAMPLES)


@app.command
def tsne(
    source: str,
    *,
    output: Output,
    weights: Networks = None,
    extractor: Extractors = None,
    colours: Colours = False,
    imgsz: Size = None,
    conf: Conf = None,
    people: Count = 30,
    stride: Count = 5,
    max_frames: Count = 100,
    min_visibility: Visibility = 0.7,
    seed: Annotated[int, Parameter(metavar="N", group=CHOICE)] = 0,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Embeddings on a plane, one colour a person (paper Fig. 6).

    Who is who says the ground truth of a sequence; the tracker where there is none.

    Args:
        source: Video, folder of pictures or MOTChallenge sequence.
        people: The first so many people.
        stride: Take every n-th frame.
        max_frames: At most so many of those.
        seed: Of the start of t-SNE.
    """
    _prepare(output, source, overwrite=overwrite)
    from outrack.evaluation.reid_report import read_boxes
    from outrack.figures import draw_tsne, people_every
    from outrack.figures.tsne import first_people

    extractors = _extractors(weights, extractor, colours, imgsz)
    images = people_every(
        source, _figure_detector(weights[0] if weights else None, conf, imgsz), stride=stride, max_frames=max_frames
    )
    panels = {}
    for name, extract in extractors.items():
        boxes, _ = read_boxes(name, images, extract, min_visibility=min_visibility)
        panels[name] = first_people(boxes, people)
    return _save(draw_tsne(panels, seed=seed), output, quiet=quiet)


@app.command
def assignment(
    source: str,
    *,
    output: Output,
    frames: Annotated[tuple[int, int], Parameter(metavar="N N", negative="", group=CHOICE)] = (1, 10),
    weights: Network = None,
    extractor: Annotated[Path | None, Parameter(metavar="FILE.onnx", group=SIGHT)] = None,
    colours: Colours = False,
    imgsz: Size = None,
    conf: Conf = None,
    people: Count = 16,
    min_visibility: Visibility = 0.3,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Who of one frame is assigned to whom of another by appearance (paper Fig. 7).

    Who is who says the ground truth of a sequence; the tracker where there is none.

    Args:
        source: Video, folder of pictures or MOTChallenge sequence.
        frames: The two frames, counted from 1.
        extractor: Network that takes crops of people instead.
        people: The largest so many of each frame.
    """
    _prepare(output, source, overwrite=overwrite)
    if frames[0] == frames[1]:
        raise UsageError(f"--frames {frames[0]} {frames[1]}: expected two different frames")
    from outrack.figures import draw_assignment, people_at

    chosen = _extractors([weights] if weights else None, [extractor] if extractor else None, colours, imgsz)
    if len(chosen) > 1:
        raise UsageError(f"one appearance at a time, got {', '.join(chosen)}")
    ((name, extract),) = chosen.items()
    first, second = people_at(source, frames, _figure_detector(weights, conf, imgsz))
    figure = draw_assignment(first, second, extract, name=name, max_people=people, min_visibility=min_visibility)
    return _save(figure, output, quiet=quiet)


@app.command
def refinding(
    source: str,
    *,
    output: Output,
    weights: Network = None,
    truth: Truth = False,
    imgsz: Size = None,
    conf: Conf = None,
    cases: Count = 3,
    max_frames: Count = 300,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Hidden people who were found back: before, detections, occlusions, after (paper Fig. 8).

    Args:
        source: Video, folder of pictures or MOTChallenge sequence.
        cases: The so many largest boxes that were put back.
        max_frames: Look for them in the first so many frames.
    """
    _prepare(output, source, overwrite=overwrite)
    from outrack.figures import draw_refinding, follow, refinding_cases

    detector = _figure_detector(weights, conf, imgsz, truth=source if truth else None)
    found = refinding_cases(follow(source, detector, max_frames=max_frames), max_cases=cases)
    return _save(draw_refinding(found), output, quiet=quiet)


@app.command
def heatmap(
    source: str,
    *,
    output: Output,
    frames: Annotated[
        list[int] | None, Parameter(metavar="N", negative="", consume_multiple=True, group=CHOICE)
    ] = None,
    weights: Network = None,
    truth: Truth = False,
    imgsz: Size = None,
    conf: Conf = None,
    max_frames: Count = 100,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Tracks, and below them the heat maps of predicted occlusions (paper Fig. 9).

    Args:
        source: Video, folder of pictures or MOTChallenge sequence.
        frames: The frames, counted from 1; without them the three with the most occlusion.
        max_frames: Look for those three in the first so many frames.
    """
    _prepare(output, source, overwrite=overwrite)
    from outrack.figures import draw_heatmaps, follow, frames_at, most_occluded

    if not truth and weights in (None, Path("default")):
        weights = _with_occlusions()
    detector = _figure_detector(weights, conf, imgsz, truth=source if truth else None)
    if frames:
        tracked_frames = frames_at(source, detector, frames)
    else:
        tracked_frames = most_occluded(follow(source, detector, max_frames=max_frames), 3, apart=10)
    return _save(draw_heatmaps(tracked_frames), output, quiet=quiet)


def _prepare(output: Path, source: str, *, overwrite: bool) -> None:
    """Refuse what cannot be written, or drawn, before any work is done."""
    try:
        from outrack.figures.canvas import FIGURE_SUFFIXES
    except ModuleNotFoundError as error:
        raise ImportError(f'figures need {error.name}: pip install "outrack[viz]"') from error
    refuse_overwriting_inputs([output], [source])
    check_new_file(output, FIGURE_SUFFIXES, overwrite=overwrite)


def _figure_detector(
    weights: Path | None, conf: float | None, imgsz: int | tuple[int, int] | None, *, truth: str | None = None
) -> FigureDetector:
    """A network, or the truth of the sequence `truth`."""
    from outrack.figures import NetworkFigureDetector, TruthFigureDetector

    if truth is None:
        return NetworkFigureDetector(weights, conf=conf, image_size=imgsz)
    if weights is not None:
        raise UsageError("--truth takes the place of a network: leave --weights out")
    return TruthFigureDetector(Path(truth))


def _with_occlusions() -> Path:
    """The network that comes along, as the file with the occlusion branch, which only torch runs."""
    try:
        from outrack.models import bundled_network
    except ModuleNotFoundError as error:
        raise ImportError(
            f'the network that comes along needs {error.name} to predict occlusions: pip install "outrack[train]", or '
            "name an exported one with --weights"
        ) from error
    return bundled_network()


def _extractors(
    weights: list[Path] | None, crops: list[Path] | None, colours: bool, imgsz: int | tuple[int, int] | None
) -> dict[str, Extractor]:
    """What gives embeddings, by name; the shipped network where nothing was asked for."""
    from outrack.detectors import default_weights
    from outrack.evaluation.colour_histogram import hsv_histogram
    from outrack.evaluation.extractors import CropNetwork, open_appearance

    found: dict[str, Extractor] = {}
    networks = weights or ([] if crops or colours else [default_weights()])
    for path in networks:
        found[_short(path, networks)] = open_appearance(path, image_size=imgsz)
    for path in crops or ():
        found[_short(path, crops or ())] = CropNetwork(path)
    return found | ({"colour histograms": hsv_histogram} if colours else {})


def _short(path: Path, among: Sequence[Path]) -> str:
    """The file's name, with its folder's for the checkpoints of runs; the whole path where two are called alike."""
    names = [f"{other.parent.name}/{other.stem}" if other.suffix == ".safetensors" else other.stem for other in among]
    name = names[among.index(path)]
    return name if names.count(name) == 1 else str(path)


def _save(figure: Figure, output: Path, *, quiet: bool) -> int:
    from rich.console import Console

    from outrack.figures import save_figure

    save_figure(figure, output)
    Console(highlight=False, quiet=quiet).print(str(output), markup=False)
    return 0
