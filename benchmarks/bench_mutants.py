"""Mutation testing: do the tests notice changes to the code of `tracking` and `losses`?

python benchmarks/bench_mutants.py losses
python benchmarks/bench_mutants.py tracking --count 300 --seed 7
python benchmarks/bench_mutants.py tracking --files kalman.py clock.py

One change at a time, in one function (`benchmarks/mutants/changes.py`); the tests of the package that call the function
run until one fails. Killed means: a test failed, or they took ten times as long as without the change. Tests are
collected once, and each change is tried in a forked process, so a change only costs the time of its tests. (mutmut
forks after PyTorch has computed: its processes hang, and hanging counts as killed.) Survivors are listed with file,
line and change.
"""

from __future__ import annotations

import argparse
import ast
import gc
import os
import pickle
import random
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import CodeType, FrameType, FunctionType

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import pytest
import torch

from benchmarks.mutants.changes import Change, changed_code, changes_of

LONGEST_S = 3.0
"""Tests that take longer are left out, unless no other calls the function."""
_BROKEN = 70
Where = tuple[str, str]
"""Name of a file and of a function in it."""


class Mutants:
    """A plugin of pytest that runs the collected tests once for each change."""

    def __init__(self, files: Sequence[Path], count: int, seed: int) -> None:
        self.files, self.count, self.seed = files, count, seed
        self.killed: dict[str, int] = defaultdict(int)
        self.survivors: dict[str, list[Change]] = defaultdict(list)
        self.uncalled = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running every test once."""
        torch.set_num_threads(1)
        callers = _callers(session, {str(file) for file in self.files})
        trees = {file: ast.parse(file.read_text()) for file in self.files}
        every = [(file, change) for file, tree in trees.items() for change in changes_of(tree)]
        chosen = random.Random(self.seed).sample(every, min(self.count or len(every), len(every)))
        print(f"\n{len(chosen)} of {len(every)} changes", flush=True)
        if chosen and self._is_noticed(session, *self._unchanged(callers, trees)):
            pytest.exit("the tests fail without a change", 3)
        for file, change in sorted(chosen, key=lambda entry: (entry[0], entry[1].line)):
            tests = callers.get((str(file), change.function), [])
            self.uncalled += not tests
            if tests and self._is_noticed(session, tests, changed_code(trees[file], change, file)):
                self.killed[file.name] += 1
            else:
                self.survivors[file.name].append(change)
                print(
                    f"{file.name}:{change.line} {change.function}: {change.words}" + " (no test)" * (not tests),
                    flush=True,
                )
        return True

    def _unchanged(
        self, callers: dict[Where, list[tuple[float, int]]], trees: dict[Path, ast.Module]
    ) -> tuple[list[tuple[float, int]], CodeType]:
        """All tests, and a change that is none."""
        file, change = next((file, change) for file, tree in trees.items() for change in changes_of(tree))
        same = replace(change, value=getattr(change.node, change.field))
        return sorted({test for tests in callers.values() for test in tests}), changed_code(trees[file], same, file)

    def _is_noticed(self, session: pytest.Session, tests: list[tuple[float, int]], code: CodeType) -> bool:
        def run() -> int:
            _put(code)
            return int(any(_fails(session, session.items[place]) for _, place in tests))

        limit_s = 5 + 10 * sum(seconds for seconds, _ in tests)
        code = _forked(run, limit_s)
        if code == _BROKEN:
            pytest.exit("the benchmark itself failed in a forked process", 3)
        return code != 0


def _callers(session: pytest.Session, files: set[str]) -> dict[Where, list[tuple[float, int]]]:
    """The tests that call each function, with their seconds, the fastest first, found in a forked process."""
    reading, writing = os.pipe()

    def run() -> int:
        found: dict[Where, list[tuple[float, int]]] = defaultdict(list)
        for place, item in enumerate(session.items):
            began, called = time.process_time(), set()
            with _calls(files, called):
                if _fails(session, item):
                    print(f"fails without a change: {item.nodeid}", flush=True)
                    continue
            seconds = time.process_time() - began
            for where in called:
                found[where].append((seconds, place))
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump({where: _short(sorted(tests)) for where, tests in found.items()}, pipe)
        return 0

    pid = _fork(run)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        callers: dict[Where, list[tuple[float, int]]] = pickle.load(pipe)
    os.waitpid(pid, 0)
    return callers


def _short(tests: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Tests below `LONGEST_S`; the fastest one if there is none."""
    return [test for test in tests if test[0] < LONGEST_S] or tests[:1]


@contextmanager
def _calls(files: set[str], called: set[Where]) -> Iterator[None]:
    """Record the functions of `files` that are called in the block."""

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename in files:
            called.add((frame.f_code.co_filename, frame.f_code.co_qualname.split(".<locals>")[0]))

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


def _fails(session: pytest.Session, item: pytest.Item) -> bool:
    before = session.testsfailed
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return session.testsfailed > before


def _put(code: CodeType) -> None:
    """Replace the code of this function wherever it is referenced."""
    for one in gc.get_objects():
        if type(one) is FunctionType:  # some objects warn when their class is read
            mine = one.__code__
            if (mine.co_filename, mine.co_qualname) == (code.co_filename, code.co_qualname):
                one.__code__ = code


def _fork(run: Callable[[], int]) -> int:
    if pid := os.fork():
        return pid
    code = _BROKEN
    try:
        code = run()
    except BaseException:  # noqa: BLE001  the forked process must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(code)


def _forked(run: Callable[[], int], limit_s: float) -> int:
    """Result of `run` in a separate process; another number if it takes too long."""
    pid = _fork(run)
    began = time.monotonic()
    while time.monotonic() - began < limit_s + 60:  # other programs may take the processor
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if _processor_s(pid) > limit_s:
            break
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return 1


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("package", nargs="?", choices=("losses", "tracking"), default="losses")
    options.add_argument("--files", nargs="*", default=(), metavar="NAME", help="only these")
    options.add_argument("--count", type=int, default=0, help="of changes, drawn at random; 0 tries all")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    files = [
        path
        for path in sorted((ROOT / "src" / "outrack" / given.package).rglob("*.py"))
        if not given.files or path.name in given.files
    ]
    os.chdir(ROOT)
    mutants = Mutants(files, given.count, given.seed)
    chosen = "addopts=--import-mode=importlib -m 'not slow and not gpu'"
    silent = ["-o", chosen, "--capture=no", "-p", "no:cacheprovider", "-p", "no:terminal"]
    pytest.main([*silent, f"tests/{given.package}"], plugins=[mutants])
    print("| file | changes | killed | survived |\n|---|---|---|---|")
    totals = [0, 0]
    for name in sorted({*mutants.killed, *mutants.survivors}):
        counts = mutants.killed[name], len(mutants.survivors[name])
        totals = [totals[0] + counts[0], totals[1] + counts[1]]
        print(f"| {name} | {sum(counts)} | {counts[0]} | {counts[1]} |")
    print(f"| all | {sum(totals)} | {totals[0]} ({totals[0] / max(sum(totals), 1):.0%}) | {totals[1]} |")


if __name__ == "__main__":
    main()
