"""Malformed files for every reader, any number of them: how many are read, refused, crash or hang?

python benchmarks/bench_fuzz.py --count 10000
python benchmarks/bench_fuzz.py --count 1000000 --readers "CVAT xml" COCO --seed 7

The same files as in `tests/fuzz`, with other seeds: valid files with one to four changes in bytes, numbers, texts,
lines, nesting, or in the members of an archive. A crash is any error but those that the reader documents, or one that
does not name the file; a hang takes more than two seconds of processor time. Both are kept below `--keep`.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fuzz.attack import Outcome, attack
from tests.fuzz.readers import READERS

PER_SEED = 1000
MEMORY = 8 << 30
"""Memory limit in bytes: a reader that needs more crashes."""


def attacked(name: str, folder: Path, *, seed: int, count: int) -> Outcome:
    """Attack one reader with `count` files, with one seed per thousand, so that each can be reproduced."""
    whole = Outcome()
    for part in range(-(-count // PER_SEED)):
        outcome = attack(READERS[name], folder, seed=seed + part, count=min(PER_SEED, count - part * PER_SEED))
        whole.inputs += outcome.inputs
        whole.refused += outcome.refused
        whole.crashes |= outcome.crashes
        whole.hangs += outcome.hangs
    return whole


def keep(name: str, outcome: Outcome, folder: Path) -> None:
    """Write the files that crashed a reader, to create tests from them."""
    suffix = Path(READERS[name].file_name).suffix
    for kind, contents in (("crash", list(outcome.crashes.values())), ("hang", outcome.hangs)):
        for number, content in enumerate(contents):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name.replace(' ', '-')}-{kind}-{number}{suffix}").write_bytes(content)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=10_000, help="broken files for each reader")
    options.add_argument("--seed", type=int, default=1000)
    options.add_argument("--readers", nargs="*", default=list(READERS), metavar="NAME", help=", ".join(READERS))
    options.add_argument("--keep", type=Path, default=Path("fuzz-crashes"))
    given = options.parse_args()
    kept = given.keep.resolve()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("error")
    failed = False
    print("| reader | inputs | read | refused | crashes | hangs | seconds |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name in given.readers:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            os.environ["OUTRACK_HOME"] = str(Path(folder) / "cache")
            began = time.process_time()
            found = attacked(name, Path(folder), seed=given.seed, count=given.count)
            spent_s = time.process_time() - began
            os.chdir("/")
        read = found.inputs - found.refused - sum(not where.startswith("nameless") for where in found.crashes)
        counts = (found.inputs, read, found.refused, len(found.crashes), len(found.hangs), round(spent_s))
        print(f"| {name} | {' | '.join(f'{count:,}' for count in counts)} |", flush=True)
        for where in found.crashes:
            print(f"    {where}", file=sys.stderr, flush=True)
        keep(name, found, kept)
        failed |= bool(found.crashes or found.hangs)
    raise SystemExit(int(failed))


if __name__ == "__main__":
    main()
