"""`outrack train`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Group, Parameter
from cyclopts.validators import Number

from outrack.cli.messages import UsageError, report
from outrack.cli.options import OTHER, Flag, Quiet, Verbose

if TYPE_CHECKING:
    from outrack.training import TrainingConfig

__all__ = ["app", "settings_of", "train"]

EXAMPLES = """\
Examples:

- Train on the people in your own video, without identity labels:\\
  `outrack track street.mp4 -o boxes/` and then\\
  `outrack train --data boxes/ --init default -o runs/street`
- Continue after an interruption:\\
  `outrack train -o runs/street --resume`
- A bundled recipe, with one setting changed:\\
  `outrack train quick --set optimiser.lr=1e-4`
"""

DATA = Group("Data", sort_key=0)

app = App(name="train", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def train(
    config: Annotated[str | None, Parameter(metavar="CONFIG", group=DATA)] = None,
    *,
    data: Annotated[list[Path] | None, Parameter(negative="", metavar="FOLDER", group=DATA)] = None,
    val: Annotated[list[Path] | None, Parameter(negative="", metavar="FOLDER", group=DATA)] = None,
    init: Annotated[str | None, Parameter(name=["--init", "--init-from"], metavar="WEIGHTS", group=DATA)] = None,
    output: Annotated[Path, Parameter(name=["--output", "-o"], metavar="FOLDER", group=DATA)] = Path("runs/train"),
    set_: Annotated[list[str] | None, Parameter(name="--set", negative="", metavar="KEY=VALUE", group=OTHER)] = None,
    max_minutes: Annotated[float | None, Parameter(metavar="MINUTES", validator=Number(gt=0), group=OTHER)] = None,
    resume: Annotated[Flag, Parameter(group=OTHER)] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Train detection, appearance and occlusion of people from boxes alone.

    Args:
        config: YAML file, or the name of a bundled recipe: default (the bundled network), footage, quick,
            mot17_half, crowdhuman, or a system of the paper, such as outrack-fm or otrack-ct. Without it: footage.
        data: Training data instead of the recipe's: boxes of videos as `outrack track -o boxes/` writes them,
            MOTChallenge, CrowdHuman, COCO, YOLO, CVAT. Repeat it for several.
        val: Labelled data for validation, before the first step and during training, in any of these layouts. They are
            not used for training. Repeat it for several.
        init: Weights to start from: default (the bundled network), coco (the detector that it was trained from), a
            .safetensors file, a public .pth file of DLA-34 (ImageNet, CenterNet, FairMOT, CenterTrack), or none.
        output: Folder of the run: weights, log and everything needed to resume.
        set_: Change one setting of the recipe, such as optimiser.lr=1e-4. Repeat it for several.
        max_minutes: Stop after this many minutes.
        resume: Resume the run in the output folder, with the settings of its start.
    """
    from outrack.jobs.console import Terminal

    _check_folders_exist(data or [], val or [])
    console = Terminal(highlight=False, quiet=quiet, soft_wrap=True)
    console.print(f"{output}: {'continuing' if resume else 'a new run'}; loading PyTorch ...", markup=False)
    try:
        from outrack.cli.training_progress import TrainingProgress, closing_lines
        from outrack.training import train
        from outrack.training.engine.verdict import verdict_of
    except ModuleNotFoundError as error:
        raise ImportError(f'training needs {error.name}: pip install "outrack[train]"') from error

    overrides = settings_of(set_ or [])
    if init is not None:
        overrides["model.init"] = "null" if init == "none" else init
    if init == "none":  # random weights are not worth keeping
        overrides.setdefault("model.start_share", "0")
    if max_minutes is not None:
        overrides["schedule.max_minutes"] = str(max_minutes)
    settings = _settings(config, data or [], val or [], overrides, resume_from=output if resume else None)
    try:
        with TrainingProgress(console) as progress:
            weights = train(settings, output, resume=resume, on_report=progress.show)
    except KeyboardInterrupt:
        if not (output / "last.pt").is_file():
            raise
        report("interrupted", hint=f"Everything learned so far is kept; `outrack train -o {output} --resume` continues")
        return 130
    for line in closing_lines(verdict_of(output, settings), weights, output):
        console.print(line, markup=False)
    return 0


def _check_folders_exist(data: Sequence[Path], val: Sequence[Path]) -> None:
    """Refuse missing folders before PyTorch is loaded.

    Raises:
        FileNotFoundError: names the option.
    """
    for option, folders in (("--data", data), ("--val", val)):
        for folder in folders:
            if not folder.exists():
                raise FileNotFoundError(f"{option} {folder}: no such file or folder. Is the path correct?")


def _settings(
    config: str | None,
    data: Sequence[Path],
    val: Sequence[Path],
    overrides: Mapping[str, str],
    *,
    resume_from: Path | None,
) -> TrainingConfig:
    """The recipe with all changes of the command line.

    A resume without a recipe and data uses the settings in the run's folder.

    Raises:
        FileNotFoundError: there is no such recipe, or no run to resume.
        UsageError: a folder is used for both training and validation.
        ValueError: a setting is unknown or out of its range.
    """
    from outrack.training import load_config

    recipe: str | Path = config or "footage"
    if resume_from is not None and config is None and not data:
        recipe = resume_from / "config.yaml"
        if not recipe.is_file():
            raise FileNotFoundError(f"{resume_from}: nothing to resume: this folder contains no run (config.yaml)")
    settings = load_config(recipe, overrides=overrides)
    if data:
        settings = settings.on_data([str(folder.resolve()) for folder in data])
    if val:
        learned = {
            (Path(settings.data.root) / source.path).resolve() for source in settings.data.sources if source.path
        }
        for folder in val:
            if folder.resolve() in learned:
                raise UsageError(f"--val {folder}: this is also training data; use held-out data")
        settings = settings.measured_on([str(folder.resolve()) for folder in val])
    return settings


def settings_of(pairs: Sequence[str]) -> dict[str, str]:
    """The values of `--set KEY=VALUE`.

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
