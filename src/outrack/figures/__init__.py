"""The paper's Figures 6 to 9 for any video. Needs matplotlib and scikit-learn: pip install "outrack[viz]"."""

import warnings

from outrack.figures.assignment import assignment_matrix, draw_assignment
from outrack.figures.canvas import FIGURE_SUFFIXES, save_figure
from outrack.figures.detectors import CountedFigureDetector, FigureDetector, NetworkFigureDetector, TruthFigureDetector
from outrack.figures.footage import TrackedFrame, frames_at, track_source
from outrack.figures.heatmap import draw_heatmaps, most_occluded, occlusion_heat
from outrack.figures.people import people_at, people_at_stride
from outrack.figures.refinding import RefindingCase, draw_refinding, refinding_cases
from outrack.figures.tsne import draw_tsne, embed_on_plane

__all__ = [
    "FIGURE_SUFFIXES",
    "CountedFigureDetector",
    "FigureDetector",
    "NetworkFigureDetector",
    "RefindingCase",
    "TrackedFrame",
    "TruthFigureDetector",
    "assignment_matrix",
    "draw_assignment",
    "draw_heatmaps",
    "draw_refinding",
    "draw_tsne",
    "embed_on_plane",
    "frames_at",
    "most_occluded",
    "occlusion_heat",
    "people_at",
    "people_at_stride",
    "refinding_cases",
    "save_figure",
    "track_source",
]

_RENAMED = {"follow": "track_source", "people_every": "people_at_stride"}
"""Names of 0.1; to be removed in 0.3."""


def __getattr__(name: str) -> object:
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{__name__}.{name} was renamed to {_RENAMED[name]}", DeprecationWarning, stacklevel=2)
    return globals()[_RENAMED[name]]
