"""`outrack figure`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from outrack.cli.figure_inputs import chosen_extractors, counted_frames, figure_detector, with_occlusions
from outrack.cli.figure_options import (
    CHOICE,
    NETWORK,
    Colours,
    Conf,
    Count,
    Extractors,
    Network,
    Networks,
    Output,
    Overwrite,
    Size,
    Truth,
    Visibility,
)
from outrack.cli.messages import UsageError
from outrack.cli.options import WHOLE, Quiet, Verbose
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.jobs.console import stderr
from outrack.jobs.counting import counted
from outrack.jobs.outputs import check_new_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure


__all__ = ["app"]

EXAMPLES = """\
Examples:

- Where people occlude each other, as predicted by a network:\\
  `outrack figure heatmap street.mp4 --weights mine.onnx -o occlusions.png`
- Tracks recovered behind others, by a perfect detector on a synthetic sequence:\\
  `outrack figure refinding crowds/composed-00000 --truth -o refound.png`
- Two extractors of appearance side by side:\\
  `outrack figure tsne MOT17-02-SDP --weights mine.onnx --extractor osnet.onnx -o people.svg`
"""


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
    seed: Annotated[int, WHOLE, Parameter(group=CHOICE)] = 0,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Embeddings in two dimensions by t-SNE, one colour per person (paper Fig. 6).

    Identities are those of the ground truth, or of the tracker if there is none.

    Args:
        source: Video, folder of pictures or MOTChallenge sequence.
        people: Number of people, from the first on.
        stride: Use every n-th frame.
        max_frames: At most this many frames.
        seed: Random seed of t-SNE.
    """
    _prepare(output, source, overwrite=overwrite)
    from outrack.evaluation.reid_report import read_boxes
    from outrack.figures import draw_tsne, people_at_stride
    from outrack.figures.tsne import first_people

    extractors = chosen_extractors(weights, extractor, colours, imgsz)
    finder = figure_detector(weights[0] if weights else None, conf, imgsz)
    with counted_frames(finder, stride * max_frames, quiet=quiet) as detector:
        images = people_at_stride(source, detector, stride=stride, max_frames=max_frames)
    panels = {}
    for name, extract in extractors.items():
        read = counted(images, stderr, f"pictures, {name}", len(images), show=not quiet)
        boxes, _ = read_boxes(name, read, extract, min_visibility=min_visibility)
        panels[name] = first_people(boxes, people)
    return _save(draw_tsne(panels, seed=seed), output, quiet=quiet)


@app.command
def assignment(
    source: str,
    *,
    output: Output,
    frames: Annotated[tuple[int, int], Parameter(metavar="N N", negative="", group=CHOICE)] = (1, 10),
    weights: Network = None,
    extractor: Annotated[Path | None, Parameter(metavar="FILE.onnx", group=NETWORK)] = None,
    colours: Colours = False,
    imgsz: Size = None,
    conf: Conf = None,
    people: Count = 16,
    min_visibility: Visibility = 0.3,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Assignment of the people of two frames to each other by appearance (paper Fig. 7).

    Identities are those of the ground truth, or of the tracker if there is none.

    Args:
        source: Video, folder of pictures or MOTChallenge sequence.
        frames: The two frames, counted from 1.
        extractor: Network for crops of people, instead.
        people: Number of people of each frame, the largest first.
    """
    _prepare(output, source, overwrite=overwrite)
    if frames[0] == frames[1]:
        raise UsageError(f"--frames {frames[0]} {frames[1]}: expected two different frames")
    from outrack.figures import draw_assignment, people_at

    chosen = chosen_extractors([weights] if weights else None, [extractor] if extractor else None, colours, imgsz)
    if len(chosen) > 1:
        raise UsageError(f"expected a single extractor, got {', '.join(chosen)}")
    ((name, extract),) = chosen.items()
    with counted_frames(figure_detector(weights, conf, imgsz), max(frames), quiet=quiet) as detector:
        first, second = people_at(source, frames, detector)
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
    """Hidden people who were recovered: before, detections, occlusions, after (paper Fig. 8).

    Args:
        source: Video, folder of pictures or MOTChallenge sequence.
        cases: Number of recovered boxes, the largest first.
        max_frames: Search this many frames.
    """
    _prepare(output, source, overwrite=overwrite)
    from outrack.figures import draw_refinding, refinding_cases, track_source

    finder = figure_detector(weights, conf, imgsz, truth=source if truth else None)
    with counted_frames(finder, max_frames, quiet=quiet) as detector:
        found = refinding_cases(track_source(source, detector, max_frames=max_frames), max_cases=cases)
    return _save(draw_refinding(found), output, quiet=quiet)


@app.command
def heatmap(
    source: str,
    *,
    output: Output,
    frames: Annotated[list[int] | None, WHOLE, Parameter(negative="", consume_multiple=True, group=CHOICE)] = None,
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
        max_frames: Search this many frames for those three.
    """
    _prepare(output, source, overwrite=overwrite)
    from outrack.figures import draw_heatmaps, frames_at, most_occluded, track_source

    if not truth and weights in (None, Path("default")):
        weights = with_occlusions()
    finder = figure_detector(weights, conf, imgsz, truth=source if truth else None)
    with counted_frames(finder, max(frames) if frames else max_frames, quiet=quiet) as detector:
        if frames:
            tracked_frames = frames_at(source, detector, frames)
        else:
            tracked_frames = most_occluded(track_source(source, detector, max_frames=max_frames), 3, apart=10)
    return _save(draw_heatmaps(tracked_frames), output, quiet=quiet)


def _prepare(output: Path, source: str, *, overwrite: bool) -> None:
    """Before any work is done, refuse figures that cannot be written or drawn."""
    try:
        from outrack.figures.canvas import FIGURE_SUFFIXES
    except ModuleNotFoundError as error:
        raise ImportError(f'figures need {error.name}: pip install "outrack[viz]"') from error
    refuse_overwriting_inputs([output], [source])
    check_new_file(output, FIGURE_SUFFIXES, overwrite=overwrite)


def _save(figure: Figure, output: Path, *, quiet: bool) -> int:
    from outrack.figures import save_figure
    from outrack.jobs.console import Terminal

    save_figure(figure, output)
    Terminal(highlight=False, quiet=quiet).print(str(output), markup=False)
    return 0
