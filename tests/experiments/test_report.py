"""Means, spreads and orderings, by hand; rows that were not run are marked."""

from __future__ import annotations

import json
from dataclasses import replace

from outrack.experiments import Recipe, Row, Table
from outrack.experiments.orderings import orderings
from outrack.experiments.report import as_json, as_markdown
from outrack.experiments.results import RowResult, Spread, TableResult

PAPER = {"a": 10.0, "b": 20.0, "c": 20.0, "d": 30.0}
ROWS = {key: Row(key, key.upper(), {"idf1": value, "fn": 100 * value}, Recipe()) for key, value in PAPER.items()}
TABLE = Table("table1", "Made", "made data", ("idf1", "fn", "r1"), tuple(ROWS.values()))


def result(**seeds: list[float]) -> TableResult:
    rows = tuple(
        RowResult(row, {317 + n: {"idf1": value, "fn": 7.0} for n, value in enumerate(seeds[key])}, cost="1 min")
        if seeds.get(key)
        else RowResult(row, not_run="it was too long")
        for key, row in ROWS.items()
    )
    return TableResult(TABLE, rows, "small budget, synthetic benchmark", "made-test")


def test_spread_by_hand() -> None:
    assert Spread.of([4.0]) == Spread(4.0, None)
    assert Spread.of([1.0, 3.0]) == Spread(2.0, 2**0.5)


def test_orderings_by_hand() -> None:
    made = result(a=[1.0, 3.0], b=[2.5, 3.0], c=[9.0, 9.0], d=[0.0, 0.0])
    verdicts = {(one.lower, one.higher): one.verdict for one in orderings(made) if one.measure == "idf1"}
    assert verdicts == {
        ("A", "B"): "is undecided",  # differences of 1.5 and 0: mean 0.75, deviation 1.06
        ("A", "C"): "holds",
        ("A", "D"): "is reversed",
        ("B", "D"): "is reversed",
        ("C", "D"): "is reversed",
    }, "B and C are equal in the paper"
    assert {one.verdict for one in orderings(made) if one.measure == "fn"} == {"is undecided"}, "ours are all the same"
    assert not [one for one in orderings(made) if one.measure == "r1"]


def test_rows_are_compared_seed_by_seed() -> None:
    made = result(a=[1.0, 9.0], b=[2.0, 10.1])  # both spreads are far larger than the differences of 1 and 1.1
    assert [one.verdict for one in orderings(made) if one.measure == "idf1"] == ["holds"]


def test_with_one_common_seed_the_spreads_are_those_of_independent_runs() -> None:
    made = result(a=[1.0, 3.0], b=[3.0])  # means 2 and 3, the deviation of the first is 1.41
    assert [one.verdict for one in orderings(made) if one.measure == "idf1"] == ["is undecided"]


def test_markdown() -> None:
    text = as_markdown([result(a=[1.0, 3.0], d=[5.0])])
    lines = text.splitlines()
    assert "| A | paper | 10.0 | 1000 | - |" in lines
    assert "|  | ours, small budget, synthetic benchmark, 2 seeds | 2.0 ± 1.4 | 7 ± 0 | - |" in lines
    assert "|  | ours, small budget, synthetic benchmark, 1 seed | 5.0 | 7 | - |" in lines
    assert "|  | ours, small budget, synthetic benchmark: not run | - | - | - |" in lines
    assert "- B: it was too long" in lines
    assert any(line.endswith("runs alone: `table1/a`, `table1/b`, `table1/c`, `table1/d`.") for line in lines)
    assert "| A | D | < holds | < undecided |" in lines
    assert "Of 2: 1 hold, 0 reversed, 1 undecided." in lines
    assert not any("one seed" in line for line in lines)


def test_verdicts_without_spread_are_marked() -> None:
    lines = as_markdown([result(a=[1.0], d=[5.0])]).splitlines()
    assert r"| A | D | < holds\* | < undecided\* |" in lines
    assert r"\* one seed, so the spread is unknown." in lines


def test_every_ordering_has_a_verdict() -> None:
    made = result(a=[9.0, 9.0], b=[2.5, 4.5], c=[9.0, 9.0], d=[0.0, 0.0])
    rows = [row.row for row in made.rows]
    turned = replace(made, rows=tuple(made.rows[k] for k in (3, 0, 1, 2)))
    lines = as_markdown([turned]).splitlines()
    assert rows[0].label == "A"
    assert [line for line in lines if line.count("|") == 5 and "undecided" in line] == [
        "| D | A | > reversed | > undecided |",
        "| D | B | > reversed | > undecided |",
        "| D | C | > reversed | > undecided |",
        "| A | B | < reversed | < undecided |",
        "| A | C | < undecided | < undecided |",
    ]
    assert not any("seed, so" in line for line in lines)


def test_rows_that_were_not_run_have_their_cost() -> None:
    (row,) = result(a=[1.0]).rows[:1]
    waiting = replace(row, seeds={}, not_run="not run yet with seed 317")
    text = as_markdown([replace(result(), rows=(waiting,))])
    assert "- A: not run yet with seed 317 (expected: 1 min, shared trainings included, minutes of one core)" in text


def test_json() -> None:
    (table,) = json.loads(as_json([result(a=[1.0, 3.0])]))
    assert table["rows"][0]["ours"]["idf1"] == {"mean": 2.0, "deviation": 2**0.5}
    assert table["rows"][0]["seeds"]["318"]["idf1"] == 3.0
    assert [row["status"] for row in table["rows"]] == ["run", "not run", "not run", "not run"]
    assert table["rows"][1]["not_run"] == "it was too long"
    assert table["orderings"] == []
