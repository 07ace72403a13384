"""The tables of the paper as data, and the choice of some of their rows."""

from outrack.experiments.tables.all import TABLES, choose

__all__ = ["TABLES", "choose"]
