"""Broken files for a reader, and what became of each."""

from __future__ import annotations

import random
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.fuzz.mutations import mutated
from tests.fuzz.readers import Reader

__all__ = ["HANG_S", "Outcome", "attack", "outcome_of"]

HANG_S = 2.0
"""A small file that takes more CPU time hangs; CPU time, so that other load does not count."""


@dataclass(slots=True)
class Outcome:
    """Counts of one attack.

    Attributes:
        inputs: broken files that were read.
        refused: those that ended in a documented error.
        crashes: those that ended in another one, or in one that does not name the file: {where: its input}.
        hangs: those that took longer than `HANG_S`.
    """

    inputs: int = 0
    refused: int = 0
    crashes: dict[str, bytes] = field(default_factory=dict)
    hangs: list[bytes] = field(default_factory=list)


class _Hang(BaseException):
    pass


def outcome_of(reader: Reader, content: bytes, folder: Path, outcome: Outcome) -> None:
    """Read one file and add what became of it to `outcome`."""
    path = folder / reader.file_name
    path.write_bytes(content)
    outcome.inputs += 1
    began = time.process_time()
    try:
        with _alarm(3 * HANG_S):
            reader.read(path)
    except _Hang:
        pass
    except reader.errors as error:
        outcome.refused += 1
        if reader.is_named and str(path) not in f"{error} {getattr(error, 'filename', '')}":
            outcome.crashes.setdefault(f"nameless: {_place(error)}", content)
    except Exception as error:  # noqa: BLE001  that is what is looked for
        outcome.crashes.setdefault(_place(error), content)
    if time.process_time() - began > HANG_S:
        outcome.hangs.append(content)


def attack(reader: Reader, folder: Path, *, seed: int, count: int) -> Outcome:
    """Read `count` broken files in `folder`, always the same ones for a seed."""
    draw, seeds, outcome = random.Random(seed), reader.seeds(), Outcome()
    outcome_of(reader, seeds[0], folder, Outcome())  # what is imported with the first file takes its time
    for whole in seeds:
        outcome_of(reader, whole, folder, outcome)
    for _ in range(count):
        outcome_of(reader, mutated(seeds, draw), folder, outcome)
    return outcome


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in last if "/outrack/" in frame.filename] or last
    return f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}: {error!s:.200}"


@contextmanager
def _alarm(after_s: float) -> Iterator[None]:
    """Raise `_Hang` in this, the main, thread when the block takes longer."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise _Hang

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, after_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
