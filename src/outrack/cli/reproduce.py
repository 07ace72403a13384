"""`outrack reproduce`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Group, Parameter, validators

from outrack.cli.messages import UsageError
from outrack.cli.options import OTHER, WHOLE, Flag, Quiet, Verbose

if TYPE_CHECKING:
    from outrack.experiments.plan import Budget

__all__ = ["app", "reproduce"]

EXAMPLES = """\
Examples:

- The paper's comparison of appearance losses, on the small budget, with three seeds each:\\
  `outrack reproduce table1 --seeds 3`
- List what all tables need and what is missing, without running anything:\\
  `outrack reproduce --budget full --data DATA --plan`
- The same on labelled real video:\\
  `outrack reproduce table1 --budget real --data DATA --seeds 3`
- Two tables as in the paper, on a machine with GPUs:\\
  `outrack reproduce table1 table5 --budget full --data DATA`
"""

DATA = Group("Data", sort_key=0)

NEEDED = {
    "full": "MOT17/train, CrowdHuman and the start weights",
    "real": "real/MOT17-02 and so on, as scripts/prepare_real_data.py makes it",
}
"""Budgets that need data, and what they need."""

app = App(name="reproduce", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def reproduce(
    tables: Annotated[list[str] | None, Parameter(metavar="TABLE", negative="", group=DATA)] = None,
    *,
    budget: Annotated[Literal["small", "real", "full", "tiny"], Parameter(group=DATA)] = "small",
    data: Annotated[Path | None, Parameter(metavar="FOLDER", group=DATA)] = None,
    seeds: Annotated[int, WHOLE, Parameter(group=DATA, validator=validators.Number(gte=1))] = 1,
    output: Annotated[Path, Parameter(name=["--output", "-o"], metavar="FOLDER", group=DATA)] = Path("runs/reproduce"),
    cutouts: Annotated[Path | None, Parameter(metavar="FOLDER", group=DATA)] = None,
    backgrounds: Annotated[Path | None, Parameter(metavar="FOLDER", group=DATA)] = None,
    plan: Annotated[Flag, Parameter(group=OTHER)] = False,
    set_: Annotated[list[str] | None, Parameter(name="--set", negative="", metavar="KEY=VALUE", group=OTHER)] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Reproduce the paper's tables, next to the paper's numbers. Run it again to continue where it stopped.

    Args:
        tables: table1 to table11, or refinding (ours); table1/utrack is one row (default: all).
        budget: small: a small network on composed crowds, minutes per row on two cores. real: a small network on
            labelled real video, likewise. full: the paper's networks, data and schedules. tiny: two steps per training,
            to check that everything works; its numbers are meaningless.
        data: For --budget full: folder with MOT17/train, CrowdHuman, ctdet_coco_dla_2x.pth (CenterNet) and
            dla34-ba72cf86.pth (ImageNet) as downloaded. For --budget real: folder with real/MOT17-02 and so on, as made
            by scripts/prepare_real_data.py.
        seeds: Run every row this many times and report mean and standard deviation.
        output: Folder for training runs, measurements and the report (BUDGET/report.md and report.json).
        cutouts: For --budget small: real people instead of drawn ones, see outrack synth.
        backgrounds: For --budget small: real places instead of drawn ones; with --cutouts.
        plan: Show the rows, their cost and missing data, without running any.
        set_: Change one setting of all training runs, such as schedule.steps=1000. Repeat it for several.
    """
    from outrack.cli.train import settings_of
    from outrack.jobs.console import Terminal

    try:
        from outrack.experiments import Study, choose
        from outrack.experiments.report import as_markdown
    except ModuleNotFoundError as error:
        raise ImportError(f'this needs {error.name}: pip install "outrack[train,eval]"') from error

    try:
        chosen = choose(tables or [])
    except ValueError as error:
        raise UsageError(str(error)) from error
    folder = output / budget
    settings = settings_of(set_ or [])
    runs_on = _budget(budget, folder, data, cutouts, backgrounds, settings)
    console = Terminal(highlight=False, quiet=quiet, soft_wrap=True)

    def print_line(line: str) -> None:
        console.print(line, markup=False)

    study = Study(runs_on, folder, num_seeds=seeds, on_line=print_line)
    results = study.so_far(chosen) if plan else study.run(chosen)
    print_line(as_markdown(results))
    if not plan:
        print_line(f"report: {folder / 'report.md'}")
    return 0


def _budget(
    name: str,
    folder: Path,
    data: Path | None,
    cutouts: Path | None,
    backgrounds: Path | None,
    settings: dict[str, str],
) -> Budget:
    """The budget of this name.

    Raises:
        UsageError: options that do not belong to it.
        FileNotFoundError: the folder of data does not exist.
    """
    from outrack.experiments import FullBudget, RealBudget, SmallBudget, SyntheticData, tiny_budget

    if (cutouts is None) != (backgrounds is None):
        raise UsageError("--cutouts and --backgrounds belong together: give both or neither")
    if name != "small" and cutouts is not None:
        raise UsageError(f"--cutouts and --backgrounds are for --budget small, not {name}")
    if name in NEEDED:
        if data is None:
            raise UsageError(f"--budget {name} needs --data: the folder with {NEEDED[name]}")
        if not data.is_dir():
            raise FileNotFoundError(f"{data}: no such data folder")
        return (FullBudget if name == "full" else RealBudget)(data, settings)
    if data is not None:
        raise UsageError(f"--data is for --budget full and real; --budget {name} composes its own")
    if name == "tiny":
        return tiny_budget(folder / "benchmark-drawn", settings)
    kind = "drawn" if cutouts is None else "cutouts"
    return SmallBudget(SyntheticData(folder / f"benchmark-{kind}", cutouts, backgrounds), settings=settings)
