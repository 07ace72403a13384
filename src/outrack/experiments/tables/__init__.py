"""The tables of the paper as data, and the selection of rows."""

from outrack.experiments.tables.all import TABLES, choose

__all__ = ["TABLES", "choose"]
