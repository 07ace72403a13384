"""Coverage-guided fuzzing of every reader.

pip install atheris
python benchmarks/bench_fuzz_guided.py --count 100000 --readers CSV "CVAT xml"

atheris, which is libFuzzer, starts with the valid files of `tests/fuzz/corpus`, changes bytes, and continues with
inputs that reach new branches of outrack. A crash is any error but those that the reader documents, one that does not
name the file, or more than `--hang` seconds; libFuzzer writes its input below `--keep` and stops that reader. The
inputs found are also kept there, as the start of the next run. `benchmarks/bench_fuzz.py` uses knowledge of the
formats, but no coverage.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import atheris

with atheris.instrument_imports(include=["outrack"], enable_loader_override=False):
    from tests.fuzz.readers import READERS, Reader

LONGEST = 20_000
"""Bytes of an input."""


def fuzz(reader: Reader, folder: Path, found: Path, *, count: int, seed: int, hang_s: int) -> None:
    """Try `count` files in this process, which ends with it."""
    path = folder / reader.file_name

    def try_one(content: bytes) -> None:
        path.write_bytes(content)
        try:
            reader.read(path)
        except reader.errors as error:
            if reader.is_named and str(path) not in f"{error} {getattr(error, 'filename', '')}":
                raise RuntimeError(f"the message does not name the file: {error}") from error

    options = {"runs": count, "seed": seed, "timeout": hang_s, "max_len": LONGEST, "rss_limit_mb": 4096}
    words = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup(["fuzz", *words, "-print_final_stats=1", f"-artifact_prefix={found}/", str(found)], try_one)
    atheris.Fuzz()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=10_000, help="files for each reader")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--hang", type=int, default=20, metavar="SECONDS")
    options.add_argument("--readers", nargs="*", default=list(READERS), metavar="NAME", help=", ".join(READERS))
    options.add_argument("--keep", type=Path, default=Path("fuzz-guided"))
    given = options.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("error")
    failed = []
    for name in given.readers:
        found = (given.keep / name.replace(" ", "-")).resolve()
        found.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            if pid := os.fork():  # libFuzzer ends its process
                ended_well = os.waitpid(pid, 0)[1] == 0
            else:
                os.chdir(folder)
                os.environ["OUTRACK_HOME"] = str(Path(folder) / "cache")
                for number, whole in enumerate(READERS[name].seeds()):
                    (found / f"seed-{number}").write_bytes(whole)
                fuzz(READERS[name], Path(folder), found, count=given.count, seed=given.seed, hang_s=given.hang)
                os._exit(0)
        print(f"{name}: {'no crash' if ended_well else f'a crash, see {found}'}", flush=True)
        failed += [] if ended_well else [name]
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
