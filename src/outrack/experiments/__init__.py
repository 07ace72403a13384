"""The paper's tables as declared runs: numbers of the paper, recipes, budgets, and a report."""

from outrack.experiments.full_budget import FullBudget
from outrack.experiments.made_data import MadeData
from outrack.experiments.small_budget import SmallBudget, tiny_budget
from outrack.experiments.study import Study
from outrack.experiments.table import Recipe, Row, Table
from outrack.experiments.tables import TABLES, choose

__all__ = [
    "TABLES",
    "FullBudget",
    "MadeData",
    "Recipe",
    "Row",
    "SmallBudget",
    "Study",
    "Table",
    "choose",
    "tiny_budget",
]
