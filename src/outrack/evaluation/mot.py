"""HOTA, CLEAR and Identity scores of result files against MOTChallenge ground truth.

TrackEval does the arithmetic; this module prepares its inputs and names its results.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from outrack.datasets.halves import frames_of_half
from outrack.evaluation.comparison import Comparison, compare_officially
from outrack.evaluation.fairmot import FairmotClear, compare_as_fairmot
from outrack.evaluation.folders import has_only_people, read_ground_truth_folder, read_results
from outrack.evaluation.scores import Evaluation, Protocol, Scores
from outrack.io.sequences import Benchmark, LabelledSequence, SequenceResults

__all__ = [
    "Evaluation",
    "Protocol",
    "Scores",
    "compare",
    "evaluate",
    "evaluate_sequences",
    "num_parts",
    "require_trackeval",
]

logger = logging.getLogger(__name__)

_UNSUSPICIOUS_SHARE, _UNSUSPICIOUS_FRAMES = 0.1, 25
"""Results may end this share of the frames, or this many frames, before the ground truth without a warning."""


def evaluate(
    ground_truth: str | Path | Sequence[LabelledSequence],
    results: str | Path | Mapping[str, SequenceResults],
    *,
    benchmark: Benchmark = "mot17",
    half: str = "full",
    protocol: Protocol = "trackeval",
    sequences: Sequence[str] | None = None,
    on_part: Callable[[], None] = lambda: None,
    split: str | None = None,
) -> Evaluation:
    """Score result files, or results in memory, against ground truth.

    Args:
        ground_truth: folder with one folder per sequence, or ground truth already read.
        results: folder with one file per sequence, or results by sequence name.
        benchmark: whose files and rules are used; "plain" for your own ground truth without classes.
        half: "full", or a key of `outrack.datasets.halves.HALVES`. Boxes of other frames are ignored.
        protocol: "trackeval" counts officially; "fairmot" as FairMOT's own script does, for MOT16 and MOT17.
        sequences: names of those to score; all of the ground truth when left out.
        on_part: called after each of the `num_parts` parts of the work.
        split: the name of `half` in 0.1; to be removed in 0.3.

    Raises:
        FileNotFoundError: a folder or file is missing, or a sequence has no results.
        ValueError: a file is malformed, results belong to no sequence, or the protocol does not fit the benchmark.
        ImportError: TrackEval is not installed.
    """
    if split is not None:
        warnings.warn("evaluate: split was renamed to half", DeprecationWarning, stacklevel=2)
        half = split
    truths = (
        read_ground_truth_folder(Path(ground_truth), benchmark=benchmark, sequences=sequences)
        if isinstance(ground_truth, str | Path)
        else [truth for truth in ground_truth if sequences is None or truth.name in sequences]
    )
    found = (
        read_results(
            Path(results),
            [truth.name for truth in truths],
            benchmark=benchmark,
            strict=sequences is None,
            only_people=isinstance(ground_truth, str | Path) and has_only_people(Path(ground_truth)),
        )
        if isinstance(results, str | Path)
        else results
    )
    missing = [truth.name for truth in truths if truth.name not in found]
    if missing:
        raise ValueError(f"no results for {', '.join(missing)}; there are results for {', '.join(found) or 'nothing'}")
    if half == "full":
        for truth in truths:
            _warn_if_cut_off(truth, found[truth.name])
    return evaluate_sequences(
        [(truth, found[truth.name]) for truth in truths],
        benchmark=benchmark,
        half=half,
        protocol=protocol,
        on_part=on_part,
    )


def _warn_if_cut_off(truth: LabelledSequence, results: SequenceResults) -> None:
    """Warn if the results end long before the ground truth, as those of a run that was stopped."""
    last = int(results.frames.max(initial=0))
    end = int(truth.frames[truth.counted].max(initial=0))
    if last and end - last > max(_UNSUSPICIOUS_SHARE * end, _UNSUSPICIOUS_FRAMES):
        logger.warning(
            "%s: the results end at frame %d, the ground truth at %d: all people in between count as missed. "
            "Was the run stopped, or limited by --max-frames?",
            truth.name,
            last,
            end,
        )


def num_parts(num_sequences: int, protocol: Protocol = "trackeval") -> int:
    """Number of parts into which the scoring of so many sequences is divided."""
    return num_sequences * (1 + len(_metrics(protocol)))


def evaluate_sequences(
    pairs: Iterable[tuple[LabelledSequence, SequenceResults]],
    *,
    benchmark: Benchmark = "mot17",
    half: str = "full",
    protocol: Protocol = "trackeval",
    on_part: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Score sequences that are already read; see `evaluate`.

    Raises:
        ValueError: there is no sequence, a result lies beyond the end of its sequence, or the protocol does not fit
            the benchmark.
        ImportError: TrackEval is not installed.
    """
    comparisons = {}
    for truth, results in pairs:
        comparisons[truth.name] = compare(truth, results, benchmark=benchmark, half=half, protocol=protocol)
        on_part()
    if not comparisons:
        raise ValueError("no sequence to evaluate")
    metrics = _metrics(protocol)
    found: dict[str, dict[str, Any]] = {name: {} for name in comparisons}
    combined: dict[str, Any] = {}
    for metric in metrics:
        of_sequences = {}
        for name, pair in comparisons.items():
            of_sequences[name] = metric.eval_sequence(pair.for_trackeval())
            found[name].update(of_sequences[name])
            on_part()
        combined.update(metric.combine_sequences(of_sequences))
    return Evaluation(
        sequences={name: _scores(fields, [comparisons[name]]) for name, fields in found.items()},
        combined=_scores(combined, list(comparisons.values())),
        benchmark=benchmark,
        half=half,
        protocol=protocol,
    )


def compare(
    truth: LabelledSequence, results: SequenceResults, *, benchmark: Benchmark, half: str, protocol: Protocol
) -> Comparison:
    """The boxes of one sequence that count under the given rules.

    Raises:
        ValueError: a result lies beyond the end of the sequence, or the protocol does not fit the benchmark.
    """
    results.check_length(truth)
    results = results.on_labelled_frames(truth)
    length = truth.num_frames
    if length is None:
        labelled = truth.frames if truth.labelled_frames is None else truth.labelled_frames
        length = int(max(frames.max(initial=1) for frames in (truth.frames, labelled, results.frames)))
    frames = frames_of_half(half, truth.name, length)
    if protocol == "trackeval":
        return compare_officially(truth, results, frames, benchmark=benchmark)
    if benchmark not in ("mot16", "mot17"):
        raise ValueError(
            f'the protocol "fairmot" knows the classes of MOT16 and MOT17 only, got benchmark {benchmark!r}; '
            'use the protocol "trackeval"'
        )
    return compare_as_fairmot(truth, results, frames)


def require_trackeval(purpose: str = "evaluation") -> None:
    """Check before long work that tracks can be scored afterwards.

    Raises:
        ImportError: TrackEval is not installed; names what needs it and how to install it.
    """
    try:
        import trackeval.metrics  # noqa: F401
    except ImportError as error:
        raise ImportError(f'{purpose} needs TrackEval: pip install "outrack[eval]"') from error


def _metrics(protocol: Protocol) -> list[Any]:
    require_trackeval()
    from trackeval.metrics import CLEAR, HOTA, Identity

    quiet = {"THRESHOLD": 0.5, "PRINT_CONFIG": False}
    clear = CLEAR(quiet)
    return [HOTA(), clear if protocol == "trackeval" else FairmotClear(clear), Identity(quiet)]


def _scores(fields: Mapping[str, Any], comparisons: Sequence[Comparison]) -> Scores:
    """TrackEval's fields under our names."""

    def percent(name: str) -> float:
        return 100 * float(np.mean(fields[name]))

    def count(name: str) -> int:
        return int(fields[name])

    return Scores(
        hota=percent("HOTA"),
        deta=percent("DetA"),
        assa=percent("AssA"),
        mota=percent("MOTA"),
        motp=percent("MOTP"),
        idf1=percent("IDF1"),
        idp=percent("IDP"),
        idr=percent("IDR"),
        recall=percent("CLR_Re"),
        precision=percent("CLR_Pr"),
        mt=count("MT"),
        ml=count("ML"),
        fp=count("CLR_FP"),
        fn=count("CLR_FN"),
        idsw=count("IDSW"),
        frag=count("Frag"),
        num_boxes=count("CLR_TP") + count("CLR_FN"),
        num_ids=sum(pair.num_truth_ids for pair in comparisons),
    )
