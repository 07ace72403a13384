"""`outrack bench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from outrack.cli.options import Flag, Quiet, Verbose
from outrack.jobs.outputs import check_new_file

if TYPE_CHECKING:
    from outrack.speed import SpeedReport

__all__ = ["app", "bench_run"]

EXAMPLES = """\
Examples:

- How fast is this machine, and where does the time go?\\
  `outrack bench`
- Measure on your own video, and keep the result:\\
  `outrack bench street.mp4 --json before.json`
- Does a network in 8 bits pay, and what does it lose?\\
  `outrack bench street.mp4 --weights net-int8.onnx`
- Has anything become slower since then?\\
  `outrack bench street.mp4 --against before.json`
"""

app = App(name="bench", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def bench_run(
    video: Annotated[Path | None, Parameter(metavar="VIDEO")] = None,
    /,
    *,
    weights: Annotated[list[Path] | None, Parameter(metavar="FILE.onnx", consume_multiple=True, negative="")] = None,
    json: Annotated[Path | None, Parameter(name="--json", metavar="FILE.json")] = None,
    against: Annotated[Path | None, Parameter(name="--against", metavar="FILE.json")] = None,
    overwrite: Flag = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Measure the speed of this machine: arithmetic, the networks, the tracking step, and everything end to end.

    It takes about a minute. Compare machines and days by the ratios: each relates one part of the run to another
    part of the same run. A warning is printed if other programs disturb the measurement.

    Args:
        video: Video file to measure on (default: a synthetic one, 1080p).
        weights: Also compare these networks with the bundled one: their time and, on a video with people, their
            detections. `outrack export default -o FILE.onnx --int8 PICTURES` makes a network in 8 bits.
        json: Also write everything to this file.
        against: Compare the ratios with those of an earlier --json. The exit code is 1, with a line for each, if any
            fell by more than 15 %.
        overwrite: Replace a --json file that exists.
    """
    # Imported here, so that `outrack bench --help` is fast.
    from outrack.detectors.network_detector import check_model_file
    from outrack.jobs.console import Terminal
    from outrack.speed import measure_machine, regressions
    from outrack.speed.bench import Plan
    from outrack.speed.report import read_ratios

    if json is not None:
        check_new_file(json, (".json",), overwrite=overwrite)
    networks = tuple(weights or ())
    for path in networks:
        check_model_file(path)
    before = {} if against is None else read_ratios(against)
    errors = Terminal(stderr=True, highlight=False)
    with errors.status("measuring") as status:
        report = measure_machine(
            video,
            plan=Plan(other_networks=networks),
            on_measured=lambda one: status.update(f"measured {one.part}: {one.name}"),
        )
    if json is not None:
        report.write(json)
    if not quiet:
        _print(report)
    if report.is_noisy:
        errors.print(
            f"warning: the same work took up to {1 + report.noise:.1f} times as long. The machine is busy with "
            "other work, so these numbers are unreliable"
        )
    ratios = report.ratios()
    for key in sorted(set(before) - set(ratios)):
        errors.print(f"not compared: {key} is in {against}, but was not measured here", markup=False)
    worse = regressions(ratios, before)
    for line in worse:
        errors.print(f"slower: {line}", markup=False)
    return 1 if worse else 0


def _print(report: SpeedReport) -> None:
    from rich.table import Table

    from outrack.jobs.console import Terminal

    machine = report.machine
    table = Table(title=f"{machine['cores']} cores, {machine['processor']}, outrack {machine['outrack']}")
    table.add_column("")
    for name in ("ms", "a second", "ratio"):
        table.add_column(name, justify="right")
    table.add_column("")
    part = ""
    for one in report.measurements:
        if one.part != part:
            part = one.part
            table.add_section()
            table.add_row(f"[bold]{part}[/bold]", "", "", "", f"ratio: to {one.against}" if one.against else "")
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        table.add_row(one.name, f"{one.ms:.2f}", f"{one.per_second:.1f}", ratio, one.note)
    Terminal(highlight=False).print(table)
