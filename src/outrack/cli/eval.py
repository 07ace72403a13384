"""`outrack eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from outrack.cli.messages import UsageError
from outrack.cli.options import Flag, Half, Quiet, Verbose
from outrack.jobs.outputs import check_new_file

__all__ = ["app", "evaluate_results"]

EXAMPLES = """\
Examples:

- Score results on MOT17 like the official evaluation code:\\
  `outrack eval --gt MOT17/train --results runs/mine`
- Score the validation half by visibility, and write a report:\\
  `outrack eval --gt MOT17/train --results runs/mine --half fairmot-val --by-visibility -o scores.md`
- Your own ground truth, one file per video:\\
  `outrack eval --gt labels --results runs/mine --benchmark plain`
- One video labelled in CVAT:\\
  `outrack eval --gt street.zip --results street.jsonl`
"""

FILES = Group("Files", sort_key=0)
COUNTING = Group("Counting", sort_key=10)

app = App(name="eval", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def evaluate_results(
    *,
    gt: Annotated[Path, Parameter(metavar="PATH", group=FILES)],
    results: Annotated[Path, Parameter(metavar="PATH", group=FILES)],
    output: Annotated[
        list[Path] | None, Parameter(name=["--output", "-o"], negative="", metavar="FILE", group=FILES)
    ] = None,
    overwrite: Annotated[Flag, Parameter(group=FILES)] = False,
    sequences: Annotated[
        list[str] | None, Parameter(negative="", metavar="NAME", consume_multiple=True, group=FILES)
    ] = None,
    benchmark: Annotated[
        Literal["auto", "mot15", "mot16", "mot17", "mot20", "plain"], Parameter(group=COUNTING)
    ] = "auto",
    half: Annotated[Half, Parameter(group=COUNTING)] = "full",
    protocol: Annotated[Literal["trackeval", "fairmot"], Parameter(group=COUNTING)] = "trackeval",
    by_visibility: Annotated[Flag, Parameter(group=COUNTING)] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Score tracks against ground truth: HOTA, MOTA, IDF1 and their parts.

    Args:
        gt: Ground truth: SEQ/gt/gt.txt and SEQ/seqinfo.ini for each sequence; plain ground truth may be SEQ.txt alone,
            an export of CVAT (SEQ.xml, SEQ.zip) or COCO-VID (SEQ.json). Or one such file, or one folder SEQ.
        results: One file per sequence: SEQ.txt (MOTChallenge), or the .jsonl, .csv or .json of outrack track.
            MOT17-02.txt serves MOT17-02-DPM, -FRCNN and -SDP. Or the file of the one sequence.
        output: Report to write: .json, .csv or .md; repeat it for several.
        overwrite: Replace reports that exist.
        sequences: Score only these sequences.
        benchmark: Rules and file formats to follow; auto decides by the sequence names. plain is your own ground truth:
            every box whose flag is set counts, regardless of its class.
        protocol: trackeval counts like the official evaluation code; fairmot like FairMOT's own script, as the paper's
            rows of FairMOT do.
        by_visibility: Add recall, identity recall and switches by how much of a person is visible, and how many refound
            boxes were correct (.jsonl and .csv results).
    """
    # Imported here, so that `outrack eval --help` is fast.
    from outrack.evaluation import evaluate
    from outrack.evaluation.folders import (
        detect_benchmark,
        find_ground_truth,
        has_only_people,
        read_ground_truth_folder,
        read_results,
    )
    from outrack.evaluation.mot import num_parts
    from outrack.evaluation.report import REPORT_SUFFIXES, terminal_tables, write_report
    from outrack.evaluation.visibility import score_by_visibility
    from outrack.jobs.console import Terminal, stderr
    from outrack.jobs.counting import counting

    for path in output or ():
        check_new_file(path, REPORT_SUFFIXES, overwrite=overwrite)
        if path.suffix == ".csv" and path.parent.resolve() == results.resolve():
            raise UsageError(
                f"{path}: a .csv in the results folder would be read as results; write the report elsewhere"
            )
    names = sequences or list(find_ground_truth(gt))
    for path in output or ():
        if path.suffix == ".json" and path.stem in names and path.parent.resolve() == results.resolve():
            raise UsageError(f"{path}: a report of this name would be read as results; write it elsewhere")
    rules = detect_benchmark(names) if benchmark == "auto" else benchmark
    truths = read_ground_truth_folder(gt, benchmark=rules, sequences=sequences)
    scored = [truth.name for truth in truths]
    only_people = has_only_people(gt)
    found = read_results(results, scored, benchmark=rules, strict=sequences is None, only_people=only_people)
    with counting(stderr, "parts scored", num_parts(len(truths), protocol), show=not quiet) as advance:
        evaluation = evaluate(truths, found, benchmark=rules, half=half, protocol=protocol, on_part=advance)
    levels = None
    if by_visibility:
        pairs = [(truth, found[truth.name]) for truth in truths]
        levels = score_by_visibility(pairs, benchmark=rules, half=half)
    for path in output or ():
        write_report(path, evaluation, levels)
    if not quiet:
        Terminal(highlight=False).print(terminal_tables(evaluation, levels))
    return 0
