"""Write the hash of every pinned package, so that pip refuses another file of the same name and version.

    python scripts/write_hashes.py hashes-linux-py311.txt
    pip install --require-hashes --no-deps -r hashes-linux-py311.txt

The files are those that pip 25.1 or newer selects on this machine for `constraints.txt`: for one system and one Python.
torch is omitted, since its builds differ between package indexes. `--lock pylock.toml` uses an existing result of
`pip lock`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = ("torch",)
HEAD = "# Hashes of constraints.txt without torch, for Linux on x86-64 with Python 3.11, by scripts/write_hashes.py.\n"


def lines_of(lock: str) -> Iterator[str]:
    """A requirement with its hashes for each package of a `pylock.toml`."""
    for package in tomllib.loads(lock)["packages"]:
        if package["name"] not in LEFT_OUT:
            files = [*package.get("wheels", ()), *(package[kind] for kind in ("sdist", "archive") if kind in package)]
            hashes = " ".join(f"--hash=sha256:{file['hashes']['sha256']}" for file in files)
            yield f"{package['name']}=={package['version']} {hashes}\n"


def locked() -> str:
    """What `pip lock` says of the pins."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "pylock.toml"
        words = [sys.executable, "-m", "pip", "lock", "--quiet", "--no-deps"]
        subprocess.run([*words, "-r", str(ROOT / "constraints.txt"), "-o", str(lock)], check=True)
        return lock.read_text(encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("output", type=Path)
    options.add_argument("--lock", type=Path, help="an existing pylock.toml")
    given = options.parse_args()
    lock = locked() if given.lock is None else given.lock.read_text(encoding="utf-8")
    given.output.write_text(HEAD + "".join(lines_of(lock)), encoding="utf-8")


if __name__ == "__main__":
    main()
