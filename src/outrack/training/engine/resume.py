"""Checks that a resumed run matches its start."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import yaml

from outrack.training.config.config_file import dump_config
from outrack.training.config.training_config import TrainingConfig
from outrack.training.engine.step_shares import StepShares

__all__ = ["check_same_settings", "shares_on"]

logger = logging.getLogger(__name__)

MAY_CHANGE = frozenset(
    {
        *("schedule.steps", "schedule.epochs", "schedule.max_minutes", "schedule.save_every"),
        *("validation.every", "validation.images", "validation.best", "data.workers", "data.root"),
        *("trained_on", "licence"),
    }
)
"""Settings of length, validation and reports, which may differ in a resumed run."""
_ABSENT = object()


def check_same_settings(now: TrainingConfig, before: TrainingConfig, path: Path) -> None:
    """Refuse a run whose data or method differ from before; its length may change.

    Args:
        now: settings of the resumed run.
        before: settings of its checkpoint, read into the current dataclasses, so that newer settings have their
            defaults.
        path: path of the checkpoint.

    Raises:
        ValueError: names the settings that differ.
    """
    present, saved = (dict(_settings(yaml.safe_load(dump_config(config)))) for config in (now, before))
    changed = [
        f"{name} is {present.get(name, 'missing')} and was {saved.get(name, 'missing')}"
        for name in dict.fromkeys((*present, *saved))
        if name not in MAY_CHANGE and present.get(name, _ABSENT) != saved.get(name, _ABSENT)
    ]
    if changed:
        raise ValueError(f"{path}: the run was started with other settings: {'; '.join(changed[:5])}")


def shares_on(before: int, now: int, config: TrainingConfig, path: Path) -> StepShares | None:
    """The steps of a run with `before` processes, divided among the processes of `now`.

    None, with a warning, if they cannot be divided evenly: then each process has the batches of the settings, and the
    steps are larger or smaller than before.
    """
    one_batch = config.optimiser.one_batch
    was, as_set = StepShares.of(config, before), StepShares.of(config, now)
    shares = was.on(now, one_batch=one_batch)
    if shares is None:
        fitting = [str(number) for number in range(1, was.total + 1) if was.on(number, one_batch=one_batch)]
        logger.warning(
            "%s: was trained with %d pairs per step (%d processes), which %d processes cannot divide evenly; now with "
            "%d pairs. For the same steps, resume with %s processes",
            path,
            was.total,
            before,
            now,
            as_set.total,
            " or ".join(fitting),
        )
    elif shares != as_set:
        logger.info(
            "%d pairs per step, as in the %d processes before: %d processes with %d x %d each",
            shares.total,
            before,
            now,
            shares.accumulate,
            shares.pairs,
        )
    return shares


def _settings(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Every setting by its dotted name, as in `--set`."""
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _settings(item, f"{name}.{key}" if name else str(key))
    else:
        yield name, value
