"""The paper's tables as declared runs: numbers of the paper, recipes, budgets, and a report."""

from outrack.experiments.full_budget import FullBudget
from outrack.experiments.real_budget import RealBudget
from outrack.experiments.small_budget import SmallBudget, tiny_budget
from outrack.experiments.study import Study
from outrack.experiments.synthetic_data import SyntheticData
from outrack.experiments.tables import TABLES, choose
from outrack.experiments.tables.definition import Recipe, Row, Table

__all__ = [
    "TABLES",
    "FullBudget",
    "RealBudget",
    "Recipe",
    "Row",
    "SmallBudget",
    "Study",
    "SyntheticData",
    "Table",
    "choose",
    "tiny_budget",
]
