"""Between YAML and the dataclasses of a training run: strict keys, checked types, overrides by dotted name."""

from __future__ import annotations

import difflib
import logging
import math
import types
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, asdict, fields, is_dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from outrack.datasets.video_of_boxes import VIDEO_SUFFIXES
from outrack.io.small_files import text_of
from outrack.io.yaml_values import yaml_value
from outrack.training.config.training_config import TrainingConfig
from outrack.training.data.data_config import SourceConfig

__all__ = ["dump_config", "load_config", "parse_config", "preset_names"]

logger = logging.getLogger(__name__)

T = TypeVar("T")
_RENAMED: Mapping[type, Mapping[str, str]] = MappingProxyType({SourceConfig: {"frames": "half", "every": "stride"}})
"""Settings renamed since 0.1; the old names will be removed in 0.3."""


def preset_names() -> list[str]:
    """Names of the bundled recipes."""
    folder = resources.files("outrack") / "configs"
    return sorted(Path(str(file)).stem for file in folder.iterdir() if str(file).endswith(".yaml"))


def load_config(name: str | Path, *, overrides: Mapping[str, str] | None = None) -> TrainingConfig:
    """Read a run's configuration.

    A file may extend another recipe with `like: NAME` and contain only the differences: groups of settings are merged,
    single values and lists are replaced.

    Args:
        name: a YAML file, or the name of a bundled recipe (`default`, `quick`, ...).
        overrides: values by dotted name, as text in YAML's notation: `{"optimiser.lr": "2e-4"}`.

    Raises:
        FileNotFoundError: neither a file nor a recipe.
        ValueError: not YAML, an unknown key (names the nearest one), a value of the wrong type, or a recipe that
            extends itself.
    """
    path = _find(name)
    try:
        return _config(_recipe(path, seen=()), overrides or {})
    except ValueError as error:
        named = str(error).startswith(f"{path}: ")
        place = f"{path} with --set" if overrides and _is_valid(path) else path
        raise ValueError(str(error) if named else f"{place}: {error}") from error


def _is_valid(path: Path) -> bool:
    """Whether a recipe without changes is valid, so that an error lies in the changes."""
    try:
        _config(_recipe(path, seen=()), {})
    except ValueError:
        return False
    return True


def parse_config(text: str, *, overrides: Mapping[str, str] | None = None) -> TrainingConfig:
    """A run's configuration from YAML; see `load_config`. Missing fields have their defaults.

    Raises:
        ValueError: as `load_config`, without the name of the file.
    """
    return _config(_settings(text, place="configuration"), overrides or {})


def _config(values: dict[str, Any], overrides: Mapping[str, str]) -> TrainingConfig:
    if "data.sources" in overrides:
        values = _without_origin(values)
    for dotted, text in overrides.items():
        _put(values, dotted, text)
    return _built(TrainingConfig, values, where="")


def _settings(text: str, *, place: str) -> dict[str, Any]:
    values = yaml_value(text, place=place) or {}
    if not isinstance(values, dict):
        raise ValueError(f"{place}: expected settings such as `seed: 317`, got a {type(values).__name__}")
    return values


def _find(name: str | Path) -> Path:
    hint = f"the recipes are {', '.join(preset_names())}"
    with suppress(OSError):  # a name that is too long for a file
        for path in (Path(name), Path(str(resources.files("outrack") / "configs" / f"{name}.yaml"))):
            if path.is_file():
                return path
        if Path(name).is_dir():
            hint = f"a folder of training data is given as --data {name}"
    raise FileNotFoundError(f"{name!s:.200}: no such file or recipe; {hint}")


def _recipe(path: Path, *, seen: tuple[Path, ...]) -> dict[str, Any]:
    """The settings of a file on top of those of the recipe that it extends; `seen` are the files that led here."""
    if path in seen:
        raise ValueError(f"this recipe is `like` itself, through {', '.join(step.name for step in seen)}")
    if path.suffix.lower() in VIDEO_SUFFIXES:
        raise ValueError(
            f"{path}: expected a recipe, got a video. To train on it, make boxes of it first (outrack track {path} "
            "-o boxes/), and give their folder as --data boxes/"
        )
    values = _settings(text_of(path), place=str(path))
    other = values.pop("like", None)
    if other is None:
        return values
    try:
        found = _find(str(other))
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{path}: like: {error}") from error
    below = _recipe(found, seen=(*seen, path))
    data = values.get("data")
    if isinstance(data, dict) and "sources" in data:
        below = _without_origin(below)
    return _joined(below, values)


def _without_origin(values: dict[str, Any]) -> dict[str, Any]:
    """The settings without the origin and licence of their data, which others replace."""
    return {name: value for name, value in values.items() if name not in ("trained_on", "licence")}


def _joined(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` merged over `below`, group by group."""
    both = {
        key: _joined(below[key], value)
        for key, value in above.items()
        if isinstance(value, dict) and isinstance(below.get(key), dict)
    }
    return {**below, **above, **both}


def dump_config(config: TrainingConfig) -> str:
    """The resolved configuration as YAML with every field; `load_config` reads it back."""
    return yaml.safe_dump(_plain(asdict(config)), sort_keys=False, allow_unicode=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _put(values: dict[str, Any], dotted: str, text: str) -> None:
    """Set `a.b.c` or `a.list.0.c` in nested mappings and lists."""
    place = f"--set {dotted}"
    *parents, last = dotted.split(".")
    node: Any = values
    for name in parents:
        node = node[_row(node, name, place)] if isinstance(node, list) else node.setdefault(name, {})
        if not isinstance(node, dict | list):
            raise ValueError(f"{place}: {name} is a single value, not a group of settings")
    value = yaml_value(text, place=f"{place}={text:.60}")
    if isinstance(node, list):
        node[_row(node, last, place)] = value
    else:
        node[last] = value


def _row(rows: Sequence[object], step: str, place: str) -> int:
    """A row of a list by its number from 0."""
    if not (step.isascii() and step.isdecimal() and len(step) < 10 and int(step) < len(rows)):
        raise ValueError(
            f"{place}: expected the number of a list entry, got {step!r}; the list has {len(rows)}, counted from 0"
        )
    return int(step)


def _built(kind: type[T], values: Mapping[str, Any], *, where: str) -> T:
    """A dataclass from a mapping, with names and types checked."""
    if not isinstance(values, Mapping):
        raise ValueError(f"{where.rstrip('.')}: expected a group of settings, got {values!r}")
    values = _with_new_names(kind, values, where=where)
    hints = get_type_hints(kind)
    known = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]  # kind is a dataclass
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.0)
            raise ValueError(f"unknown setting {where}{key}; did you mean {where}{near[0]}?")
    for name, one in known.items():
        if name not in values and one.default is MISSING and one.default_factory is MISSING:
            raise ValueError(f"missing setting {where}{name}")
    return kind(**{key: _typed(hints[key], value, where=f"{where}{key}") for key, value in values.items()})


def _with_new_names(kind: type, values: Mapping[str, Any], *, where: str) -> Mapping[str, Any]:
    renamed = _RENAMED.get(kind, {})
    for old in renamed.keys() & values.keys():
        logger.warning("%s%s was renamed to %s%s; the old name will be removed in 0.3", where, old, where, renamed[old])
    return {renamed.get(key, key): value for key, value in values.items()}


def _typed(hint: Any, value: Any, *, where: str) -> Any:
    """`value` converted to the type of a field."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        return _typed(next(one for one in inner if one is not type(None)), value, where=where)
    if is_dataclass(hint):
        return _built(hint, value, where=f"{where}.")  # type: ignore[arg-type]  # a class, not an instance
    if origin is Literal:
        if value not in inner:
            raise ValueError(f"{where}: expected one of {', '.join(map(str, inner))}, got {value!r}")
        return value
    if origin is tuple:
        return _tuple(inner, value, where=where)
    if hint is float and isinstance(value, int | float | str) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            number = float(value)  # YAML 1.1 reads 1e-4 as text
            if math.isfinite(number):
                return number
    elif isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    raise ValueError(f"{where}: expected {hint.__name__}, got {value!r}")


def _tuple(inner: Sequence[Any], value: Any, *, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{where}: expected a list, got {value!r}")
    hints = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
    if len(hints) != len(value):
        raise ValueError(f"{where}: expected {len(hints)} values, got {len(value)}")
    return tuple(
        _typed(hint, one, where=f"{where}.{row}") for row, (hint, one) in enumerate(zip(hints, value, strict=True))
    )
