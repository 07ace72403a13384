"""`outrack train`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Group, Parameter

from outrack.cli.messages import UsageError
from outrack.cli.options import OTHER, Flag, Quiet, Verbose

if TYPE_CHECKING:
    from outrack.training import Report

__all__ = ["app", "settings_of", "train"]

EXAMPLES = """\
Examples:

- Learn from the people in your own video, without saying who is who:\\
  `outrack track street.mp4 -o boxes/` and then\\
  `outrack train --data boxes/ --init default -o runs/street`
- Go on after an interruption:\\
  `outrack train --data boxes/ --init default -o runs/street --resume`
- A recipe that comes along, with one setting changed:\\
  `outrack train quick --set optimiser.lr=1e-4`
"""

DATA = Group("Data", sort_key=0)

app = App(name="train", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def train(
    config: Annotated[str | None, Parameter(metavar="CONFIG", group=DATA)] = None,
    *,
    data: Annotated[list[Path] | None, Parameter(negative="", metavar="FOLDER", group=DATA)] = None,
    init: Annotated[str | None, Parameter(name=["--init", "--init-from"], metavar="WEIGHTS", group=DATA)] = None,
    output: Annotated[Path, Parameter(name=["--output", "-o"], metavar="FOLDER", group=DATA)] = Path("runs/train"),
    set_: Annotated[list[str] | None, Parameter(name="--set", negative="", metavar="KEY=VALUE", group=OTHER)] = None,
    max_minutes: Annotated[float | None, Parameter(metavar="MINUTES", group=OTHER)] = None,
    resume: Annotated[Flag, Parameter(group=OTHER)] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Learn to detect people, to tell them apart and to see where they hide each other, from boxes alone.

    Args:
        config: YAML file, or the name of a recipe that comes along: default (the shipped network), footage, quick,
            mot17_half, crowdhuman, or a system of the paper, such as outrack-fm or otrack-ct. Without it: footage.
        data: Dataset to learn from instead of the recipe's: boxes of videos as `outrack track -o boxes/` writes them,
            MOTChallenge, CrowdHuman, COCO, YOLO, CVAT. Repeat it for several.
        init: Weights to start from: default (the network that comes along), coco (its start), a .safetensors file, a
            public .pth file of DLA-34 (ImageNet, CenterNet, FairMOT, CenterTrack), or none.
        output: Folder of the run: weights, log and everything that a resume needs.
        set_: Change one setting of the recipe, such as optimiser.lr=1e-4. Repeat it for several.
        max_minutes: Finish within this time.
        resume: Go on with the run in the output folder.
    """
    from rich.console import Console

    try:
        from outrack.training import load_config, train
    except ModuleNotFoundError as error:
        raise ImportError(f'training needs {error.name}: pip install "outrack[train]"') from error

    overrides = settings_of(set_ or [])
    if init is not None:
        overrides["model.init"] = "null" if init == "none" else init
    if max_minutes is not None:
        overrides["schedule.max_minutes"] = str(max_minutes)
    settings = load_config(config or "footage", overrides=overrides)
    if data:
        settings = settings.on_data([str(folder.resolve()) for folder in data])
    console = Console(highlight=False, quiet=quiet)
    weights = train(settings, output, resume=resume, on_report=lambda report: console.print(_line(report)))
    console.print(f"weights: {weights}\nnext: outrack export {weights} -o {output.name}.onnx")
    return 0


def settings_of(pairs: Sequence[str]) -> dict[str, str]:
    """What `--set KEY=VALUE` says.

    Raises:
        UsageError: there is no `=`.
    """
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set {pair}: expected KEY=VALUE, such as optimiser.lr=1e-4")
        settings[key] = value
    return settings


def _line(report: Report) -> str:
    """One line of the run."""
    if report.start is not None:
        return f"start: {report.start.summary} (init.txt lists them)"
    progress = report.progress
    values = report.losses if report.validation is None else report.validation.named()
    kind = "" if report.validation is None else "held out: "
    shown = "  ".join(f"{name} {value:.3g}" for name, value in values.items())
    return f"step {progress.step}/{report.total}  {progress.minutes:.1f} min  {kind}{shown}"
