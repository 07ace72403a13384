"""YAML that expands to more values than it contains."""

from __future__ import annotations

import pytest

from outrack.io.yaml_values import yaml_value


def test_plain_values_and_anchors_are_read() -> None:
    assert yaml_value("a: &all [1, 2.5, x]\nb: *all\n", place="a.yaml") == {"a": [1, 2.5, "x"], "b": [1, 2.5, "x"]}
    assert yaml_value("", place="a.yaml") is None


@pytest.mark.parametrize(
    "text",
    [
        "[" * 3000,
        "- " * 3000 + "a",
        "!!int ''",  # IndexError
        "!!bool maybe",  # KeyError
        "!!timestamp noon",  # AttributeError
        "2001-99-99",
        "9" * 5000,
        "!!python/name:os.system",
        "a: 'b",
        "{[a]: b}",
        "\x00",
    ],
)
def test_invalid_yaml_names_its_place(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a\.yaml: not valid YAML"):
        yaml_value(text, place="a.yaml")


def test_anchors_of_anchors_do_not_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]  # 10^12 values
    with pytest.raises(ValueError, match=r"a\.yaml: more than 100,000 values"):
        yaml_value("\n".join(lines), place="a.yaml")


def test_an_anchor_that_holds_itself_does_not_run_for_ever() -> None:
    with pytest.raises(ValueError, match="anchor"):
        yaml_value("a: &a [*a]", place="a.yaml")
