"""`outrack tune`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Group, Parameter
from cyclopts.validators import Number

from outrack.cli.messages import UsageError
from outrack.cli.options import WHOLE, Device, Flag, ImageSize, Quiet, Verbose, Weights
from outrack.jobs.outputs import check_new_file

if TYPE_CHECKING:
    from outrack.tuning import Tuning

__all__ = ["app", "tune_tracker"]

EXAMPLES = """\
Examples:

- Tune the settings for one place, and use them:\\
  `outrack tune labelled/* -o tracker.yaml`\\
  `outrack track street.mp4 --config tracker.yaml`
- With the boxes of your own detector, without pictures:\\
  `outrack tune labelled/* --detections "boxes/{name}.txt" -o tracker.yaml`

`outrack convert` makes such sequences from other labels.
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
    device: Annotated[Device, Parameter(group=DETECTION)] = "auto",
    imgsz: Annotated[ImageSize, Parameter(group=DETECTION)] = None,
    detections: Annotated[str | None, Parameter(metavar="DET.txt", group=DETECTION)] = None,
    trials: Annotated[int, WHOLE, Parameter(validator=Number(gte=1), group=SEARCH)] = 40,
    metric: Annotated[Literal["hota", "mota", "idf1"], Parameter(group=SEARCH)] = "hota",
    seed: Annotated[int, WHOLE, Parameter(group=SEARCH)] = 0,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Tune the tracker's settings on your own ground truth, with held-out sequences to avoid overfitting.

    In turn (at most five groups), some sequences are held out: settings are chosen on the others and scored on these. A
    single sequence is split in time, and each half is scored with the settings of the other. The file gets settings
    chosen on all sequences, or none if the held-out scores did not improve.

    Args:
        sequences: MOTChallenge sequences with gt/gt.txt: SEQ/{seqinfo.ini, img1/, gt/gt.txt}. Instead of img1/, a video
            SEQ.mp4 in the folder, next to it or one folder above.
        output: File to write, for outrack track --config.
        overwrite: Replace it if it exists.
        detections: Use the boxes in this MOTChallenge file instead of a network; {name} is the name of the sequence.
        trials: Number of settings to try in each search.
        metric: Metric to maximise.
        seed: Random seed; the same seed gives the same settings.
    """
    from outrack.evaluation.mot import require_trackeval
    from outrack.jobs.console import Terminal, stderr
    from outrack.jobs.counting import counting
    from outrack.tuning.run import Request, notes_of, tune_sequences
    from outrack.tuning.search import require_optuna
    from outrack.tuning.written import write_config

    check_new_file(output, (".yaml", ".yml"), overwrite=overwrite)
    if detections is not None and (weights is not None or imgsz is not None):
        raise UsageError("--detections replaces the network: omit --weights and --imgsz, or --detections")
    if detections is not None and "{name}" not in detections and len(sequences) > 1:
        raise UsageError("--detections: with several sequences, use {name} in place of the sequence's name")
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
            console.print("Held-out scores did not improve, so the file changes no settings.", markup=False)
    return 0


def _table(tuning: Tuning) -> str:
    """Held-out scores, before and after."""
    lines = ["held out: before -> after (HOTA, MOTA, IDF1)"]
    for fold in tuning.folds:
        pairs = (f"{getattr(fold.before, m):.1f} -> {getattr(fold.after, m):.1f}" for m in ("hota", "mota", "idf1"))
        lines.append(f"{', '.join(fold.names)}: {', '.join(pairs)}")
    return "\n".join(lines)
