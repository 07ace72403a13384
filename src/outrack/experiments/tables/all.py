"""Every table by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from outrack.experiments.tables.appearance import TABLE_1, TABLE_2, TABLE_3, TABLE_4
from outrack.experiments.tables.challenge import TABLE_11
from outrack.experiments.tables.definition import Row, Table
from outrack.experiments.tables.occlusion import REFINDING, TABLE_5, TABLE_6
from outrack.experiments.tables.pretraining import TABLE_7, TABLE_8, TABLE_9, TABLE_10

__all__ = ["TABLES", "choose"]

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            *(TABLE_1, TABLE_2, TABLE_3, TABLE_4, TABLE_5, TABLE_6),
            *(TABLE_7, TABLE_8, TABLE_9, TABLE_10, TABLE_11, REFINDING),
        )
    }
)
"""Tables 1 to 11 of the paper, and `refinding`, which is ours."""


def choose(names: Sequence[str]) -> tuple[Table, ...]:
    """The named tables in the given order, without duplicates; `table1/utrack` is one row. No names select all tables.

    Raises:
        ValueError: there is no such table or row.
    """
    rows: dict[str, list[Row]] = {}
    for name in names or TABLES:
        table_name, slash, key = name.partition("/")
        if table_name not in TABLES:
            near = difflib.get_close_matches(table_name, TABLES, n=1, cutoff=0.0)
            raise ValueError(
                f"unknown table {table_name!r}; did you mean {near[0]}? Expected one of {', '.join(TABLES)}"
            )
        table = TABLES[table_name]
        wanted = (table.row(key),) if slash else table.rows
        chosen = rows.setdefault(table_name, [])
        chosen += [row for row in wanted if row not in chosen]
    return tuple(
        replace(TABLES[name], rows=tuple(row for row in TABLES[name].rows if row in chosen))
        for name, chosen in rows.items()
    )
