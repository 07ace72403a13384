"""Inputs of the figures: a detector, and extractors of appearance, chosen by options."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from outrack.cli.messages import UsageError
from outrack.jobs.console import stderr
from outrack.jobs.counting import counting

if TYPE_CHECKING:
    from outrack.evaluation.reid import Extractor
    from outrack.figures import FigureDetector

__all__ = ["chosen_extractors", "counted_frames", "figure_detector", "with_occlusions"]


def figure_detector(
    weights: Path | None, conf: float | None, imgsz: int | tuple[int, int] | None, *, truth: str | None = None
) -> FigureDetector:
    """A network, or the ground truth of the sequence `truth`."""
    from outrack.figures import NetworkFigureDetector, TruthFigureDetector

    if truth is None:
        return NetworkFigureDetector(weights, conf=conf, image_size=imgsz)
    if weights is not None:
        raise UsageError("--truth replaces the network: omit --weights")
    return TruthFigureDetector(Path(truth))


@contextmanager
def counted_frames(detector: FigureDetector, num_frames: int, *, quiet: bool) -> Iterator[FigureDetector]:
    """The detector, with progress on standard error."""
    from outrack.figures import CountedFigureDetector

    with counting(stderr, "frames", num_frames, show=not quiet) as advance:
        yield CountedFigureDetector(detector, advance)


def with_occlusions() -> Path:
    """The bundled network with its occlusion branch, which needs torch."""
    try:
        from outrack.models import bundled_network
    except ModuleNotFoundError as error:
        raise ImportError(
            f'the bundled network needs {error.name} to predict occlusions: pip install "outrack[train]", or '
            "name an exported one with --weights"
        ) from error
    return bundled_network()


def chosen_extractors(
    weights: list[Path] | None, crops: list[Path] | None, colours: bool, imgsz: int | tuple[int, int] | None
) -> dict[str, Extractor]:
    """The extractors of embeddings, by name; by default the bundled network."""
    from outrack.detectors import default_weights
    from outrack.evaluation.colour_histogram import hsv_histogram
    from outrack.evaluation.extractors import CropNetwork, open_appearance

    found: dict[str, Extractor] = {}
    networks = weights or ([] if crops or colours else [default_weights()])
    for path in networks:
        found[_short(path, networks)] = open_appearance(path, image_size=imgsz)
    for path in crops or ():
        found[_short(path, crops or ())] = CropNetwork(path)
    return found | ({"colour histograms": hsv_histogram} if colours else {})


def _short(path: Path, among: Sequence[Path]) -> str:
    """The file's name, with its folder for checkpoints of runs; the whole path if two names are equal."""
    names = [str(Path(other.parent.name if other.suffix == ".safetensors" else "", other.stem)) for other in among]
    name = names[among.index(path)]
    return name if names.count(name) == 1 else str(path)
