"""`outrack report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from outrack.cli.messages import UsageError
from outrack.cli.options import Flag, Quiet, Verbose
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.jobs.outputs import check_new_file

__all__ = ["app", "report_run"]

EXAMPLES = """\
Examples:

- Track, then look at what came of it:\\
  `outrack track street.mp4 -o run/street.jsonl --summary run/street.summary.json`\\
  `outrack report run/street.jsonl -o street.html`
- Results without a summary, over a frame of their video:\\
  `outrack report street.csv --video street.mp4`
- All results of a folder in one page:\\
  `outrack report run/ -o run.html`
"""

app = App(name="report", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def report_run(
    run: Annotated[Path, Parameter(metavar="RUN")],
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], metavar="FILE.html")] = None,
    video: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    overwrite: Flag = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Show a run in one HTML file that needs no network: who was there when, how many, where, and how fast it was.

    Args:
        run: Results of outrack track (.jsonl, .csv, .json, .txt), or a folder of them. The .jsonl says most: with it
            gaps, refound boxes and predicted occlusions are shown. Speed and settings come from NAME.summary.json
            beside NAME.jsonl, which outrack track --summary writes.
        output: Page to write (default: NAME.report.html in the working directory).
        video: Video of the results, whose first frame lies under the heat maps and whose frame rate tells the time of
            results that have none. Left out, it is the source that the summary names.
        overwrite: Replace a page that exists.
    """
    # Imported here, so that `outrack report --help` does not wait for them.
    from outrack.jobs.console import Terminal
    from outrack.report import find_results, read_run, write_report
    from outrack.report.background import first_frame, frame_of_record

    page = Path(f"{run.resolve().stem}.report.html") if output is None else output
    check_new_file(page, (".html",), overwrite=overwrite)
    results = find_results(run)
    if video is not None and len(results) > 1:
        raise UsageError(
            f"--video {video}: {run} holds {len(results)} results. Name one of them, or leave --video out: "
            "the summaries name their videos"
        )
    refuse_overwriting_inputs([page], [video, *results])
    if video is None:
        runs = [read_run(path) for path in results]
        sections = [(one, frame_of_record(one)) for one in runs]
    else:
        frame, rate = first_frame(video)
        sections = [(read_run(results[0], frame_rate=rate), frame)]
    write_report(page, sections)
    if not quiet:
        Terminal(highlight=False).print(f"{page}: open it in a browser", markup=False)
    return 0
