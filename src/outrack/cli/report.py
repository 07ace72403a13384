"""`outrack report`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from outrack.cli.messages import UsageError
from outrack.cli.options import Flag, Quiet, Verbose
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.jobs.outputs import check_new_file

__all__ = ["app", "report_run"]

logger = logging.getLogger(__name__)

EXAMPLES = """\
Examples:

- Track, then look at the results:\\
  `outrack track street.mp4 -o run/street.jsonl --summary run/street.summary.json`\\
  `outrack report run/street.jsonl -o street.html`
- Results without a summary, over a frame of their video:\\
  `outrack report street.csv --video street.mp4`
- All results of a folder on one page:\\
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
    """Show a run in one self-contained HTML file: timeline of identities, number and places of people, speed.

    Args:
        run: Results of outrack track (.jsonl, .csv, .json, .txt), or a folder of them. A .jsonl is the most complete:
            it also shows gaps, refound boxes and predicted occlusions. Speed and settings come from NAME.summary.json
            next to NAME.jsonl, written by outrack track --summary.
        output: Page to write (default: NAME.report.html in the working directory).
        video: Video of the results; its first frame is shown under the heat maps, and its frame rate gives the times of
            results without any (default: the source named in the summary).
        overwrite: Replace a page that exists.
    """
    # Imported here, so that `outrack report --help` is fast.
    from outrack.jobs.console import Terminal
    from outrack.report import find_results, read_run, write_report
    from outrack.report.background import first_frame, frame_of_record

    page = Path(f"{run.resolve().stem}.report.html") if output is None else output
    check_new_file(page, (".html",), overwrite=overwrite)
    results = find_results(run)
    if video is not None and len(results) > 1:
        raise UsageError(
            f"--video {video}: {run} contains {len(results)} results. Give one of them, or omit --video: the "
            "summaries name their videos"
        )
    refuse_overwriting_inputs([page], [video, *results])
    if video is None:
        runs = [read_run(path) for path in results]
        sections = [(one, frame_of_record(one)) for one in runs]
    else:
        frame, rate = first_frame(video)
        sections = [(read_run(results[0], frame_rate=rate), frame)]
    write_report(page, sections)
    for one, path in zip((section[0] for section in sections), results, strict=True):
        if not len(one.xyxy):
            logger.warning("%s has no tracks, so its part of the page is empty", path)
    if not quiet:
        Terminal(highlight=False).print(f"{page}: open this file in a browser", markup=False)
    return 0
