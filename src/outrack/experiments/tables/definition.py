"""Definition of a table: its rows, the paper's numbers, and the recipe for ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from outrack.tracking.config import RefindPolicy
from outrack.training.config.training_config import ReIDName

__all__ = ["MEASURES", "REID", "TRACKING", "Measure", "PaperScores", "Recipe", "Row", "Table"]

Measure = Literal["mota", "idf1", "mt", "ml", "fp", "fn", "recall", "idsw", "frag", "r1", "map", "hidden_recall"]
PaperScores = Mapping[Measure, float]

MEASURES: Mapping[Measure, str] = MappingProxyType(
    {
        "mota": "MOTA",
        "idf1": "IDF1",
        "mt": "MT",
        "ml": "ML",
        "fp": "FP",
        "fn": "FN",
        "recall": "Recall",
        "idsw": "IDS",
        "frag": "Frag",
        "r1": "R1",
        "map": "mAP",
        "hidden_recall": "Recall below 0.3 visible",
    }
)
"""Every measure and its name in the report. Shares are in per cent; MT and ML are numbers of people."""

TRACKING: tuple[Measure, ...] = ("mota", "idf1", "mt", "ml", "fp", "fn", "idsw")
REID: tuple[Measure, ...] = ("r1", "map")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How the network and the tracker of a row are created, independent of the budget.

    Attributes:
        network: the network to which the paper's modules are added.
        reid: how appearance is learned. `none` omits it: tracks are continued by motion and overlap alone.
        reid_settings: further changes to that training, by dotted name, as YAML text.
        occlusion: tau of Eq. 9 for the training of the occlusion heads; None is a network without them.
        refind: the tracker's refinding rule.
        learned_from: `video` (MOT17), `stills` (CrowdHuman), or `stills, then video`.
    """

    network: Literal["fairmot", "centertrack"] = "fairmot"
    reid: ReIDName = "none"
    reid_settings: Mapping[str, str] = field(default_factory=dict)
    occlusion: float | None = None
    refind: RefindPolicy = "off"
    learned_from: Literal["video", "stills", "stills, then video"] = "video"


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        key: short name, unique in its table.
        label: the paper's name.
        paper: the paper's numbers; empty for rows that the paper does not have.
        recipe: recipe of our row; None if `unavailable_reason` explains why there is none.
        unavailable_reason: why the row cannot be run here.
    """

    key: str
    label: str
    paper: PaperScores
    recipe: Recipe | None
    unavailable_reason: str = ""

    def __post_init__(self) -> None:
        if (self.recipe is None) != bool(self.unavailable_reason):
            raise ValueError(f"row {self.key}: expected either a recipe or a reason why there is none")


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: `table1` ... `table11`, or `refinding`.
        title: its title.
        paper_data: the data of the paper's numbers.
        measures: its columns. A Re-ID measure that the paper's row lacks is our addition.
        rows: its rows.
    """

    name: str
    title: str
    paper_data: str
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]

    @property
    def needs_tracking(self) -> bool:
        """Whether any measure needs tracking, not only embeddings."""
        return any(measure not in REID for measure in self.measures)

    @property
    def needs_embeddings(self) -> bool:
        """Whether any measure needs embeddings."""
        return any(measure in REID for measure in self.measures)

    def row(self, key: str) -> Row:
        """The row with this key.

        Raises:
            ValueError: there is none.
        """
        for row in self.rows:
            if row.key == key:
                return row
        raise ValueError(f"{self.name} has no row {key!r}; expected one of {', '.join(row.key for row in self.rows)}")
