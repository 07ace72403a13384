"""`outrack tune`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Group, Parameter
from cyclopts.validators import Number

from outrack.cli.messages import UsageError
from outrack.cli.options import Flag, ImageSize, Quiet, Verbose, Weights
from outrack.jobs.outputs import check_new_file

if TYPE_CHECKING:
    from outrack.tuning import Tuning

__all__ = ["app", "tune_tracker"]

EXAMPLES = """\
Examples:

- Choose the settings for the footage of one place, and use them:\\
  `outrack tune labelled/* -o tracker.yaml`\\
  `outrack track street.mp4 --config tracker.yaml`
- For the boxes of your own detector, without a picture:\\
  `outrack tune labelled/* --detections "boxes/{name}.txt" -o tracker.yaml`

Other labels become such sequences by `outrack convert`.
"""

DETECTION = Group("Detection", sort_key=10)
SEARCH = Group("Search", sort_key=20)

app = App(name="tune", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def tune_tracker(
    sequences: Annotated[list[Path], Parameter(negative="")],
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], metavar="FILE.yaml")],
    overwrite: Flag = False,
    weights: Annotated[Weights, Parameter(group=DETECTION)] = None,
    device: Annotated[str, Parameter(metavar="DEVICE", group=DETECTION)] = "auto",
    imgsz: Annotated[ImageSize, Parameter(group=DETECTION)] = None,
    detections: Annotated[str | None, Parameter(metavar="DET.txt", group=DETECTION)] = None,
    trials: Annotated[int, Parameter(metavar="N", validator=Number(gte=1), group=SEARCH)] = 40,
    metric: Annotated[Literal["hota", "mota", "idf1"], Parameter(group=SEARCH)] = "hota",
    seed: Annotated[int, Parameter(metavar="N", group=SEARCH)] = 0,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Choose the tracker's settings on ground truth of your own, leaving sequences out so that it cannot fool itself.

    Settings are chosen on all sequences but some and scored on those, in turn (five groups at most). Of a single
    sequence each half in time is scored with the settings of the other. The file gets settings that were chosen on
    all, or none where those that were left out did not gain.

    Args:
        sequences: MOTChallenge sequences with gt/gt.txt: SEQ/{seqinfo.ini, img1/, gt/gt.txt}.
        output: File to write, for outrack track --config.
        overwrite: Replace it if it exists.
        device: auto, cpu, cuda, cuda:N, openvino or openvino:bf16.
        detections: Take the boxes from this MOTChallenge file instead of a network; {name} is the name of the sequence.
        trials: How many settings to try for each choice.
        metric: What to raise.
        seed: Random seed; the same seed chooses the same settings.
    """
    from outrack.evaluation.mot import require_trackeval
    from outrack.jobs.console import Terminal, stderr
    from outrack.jobs.counting import counting
    from outrack.tuning.run import Request, notes_of, tune_sequences
    from outrack.tuning.search import require_optuna
    from outrack.tuning.written import write_config

    check_new_file(output, (".yaml", ".yml"), overwrite=overwrite)
    if detections is not None and (weights is not None or imgsz is not None):
        raise UsageError("--detections replaces the network: leave out --weights and --imgsz, or --detections")
    if detections is not None and "{name}" not in detections and len(sequences) > 1:
        raise UsageError("--detections: with several sequences write {name} where the name of the sequence goes")
    require_optuna()
    require_trackeval("outrack tune")
    request = Request(tuple(sequences), weights, device, imgsz, detections, trials, metric, seed)
    with counting(stderr, "trials", request.num_trials, show=not quiet) as advance:
        tuning, base = tune_sequences(request, on_trial=advance)
    write_config(output, tuning, base, notes_of(tuning, request))
    if not quiet:
        console = Terminal(highlight=False, soft_wrap=True)
        console.print(_table(tuning), markup=False)
        console.print(str(output), markup=False)
        if not tuning.is_better:
            console.print("What was left out did not gain, so the file changes no setting.", markup=False)
    return 0


def _table(tuning: Tuning) -> str:
    """Scores of what was left out, before and after."""
    lines = ["left out: before -> after (HOTA, MOTA, IDF1)"]
    for fold in tuning.folds:
        pairs = (f"{getattr(fold.before, m):.1f} -> {getattr(fold.after, m):.1f}" for m in ("hota", "mota", "idf1"))
        lines.append(f"{', '.join(fold.names)}: {', '.join(pairs)}")
    return "\n".join(lines)
