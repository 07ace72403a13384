"""Faults while `outrack track` and `outrack train` run: what survives, what is lost?

python benchmarks/bench_faults.py --rounds 50
python benchmarks/bench_faults.py --rounds 500 --only "track: SIGKILL"

Each round forks a process that has everything loaded, runs a command line in it and injects a fault at a random moment.
Survived means: it exits with a regular exit code and without a traceback (except after SIGKILL), everything written
before is complete or named `.partial`, and a resumed training has bit-identical weights to one that was not
interrupted. A full disk and missing permissions need root, and are skipped without it.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from safetensors.torch import load_file

from benchmarks.faults import checks, forked
from benchmarks.faults.forked import Running, clip_of, full_disk, start
from outrack.models.registry import ARCHITECTURES
from tests.training.tiny import RECIPE, TinyNetwork, write_squares

OUTPUTS = ("out.mp4", "out.txt", "out.csv", "out.jsonl", "out.xml", "out.json")
STEPS = "steps: 15, save_every: 1"
Fault = Callable[[Path], list[str]]
"""One round in an empty folder; returns a description of what was lost."""


class Track:
    """Faults of `outrack track` on a clip with given detections."""

    def __init__(self, folder: Path) -> None:
        self.clip, self.detections = clip_of(folder)
        began = time.monotonic()
        self._run(folder).wait()
        self.takes_s = time.monotonic() - began
        for path in folder.glob("out.*"):
            path.unlink()

    def _run(self, folder: Path, *, outputs: tuple[str, ...] = OUTPUTS, **changes: str | None) -> Running:
        words = ["track", str(self.clip), "--detections", str(self.detections), "--quiet"]
        return start([*words, *(word for name in outputs for word in ("-o", str(folder / name)))], folder, **changes)

    def stopped_by(self, number: signal.Signals) -> Fault:
        def fault(folder: Path) -> list[str]:
            running = self._run(folder)
            time.sleep(random.uniform(0, self.takes_s))
            running.send(number)
            code = running.wait()
            lost = running.complaints()
            # Before anything is opened a signal may end the process as it does any other.
            ends_at_once = -number if not list(folder.glob("out.*")) else 130
            if number is not signal.SIGKILL and code not in (0, 130, ends_at_once):
                lost.append(f"exit code {code} after {number.name}")
            return lost + checks.outputs_of(folder, killed=number is signal.SIGKILL)

        return fault

    def on_a_full_disk(self, folder: Path) -> list[str]:
        disk = folder / "disk"
        with full_disk(disk, kilobytes=random.randint(20, 400)):
            running = self._run(disk)
            code = running.wait()
            lost = running.complaints() + checks.outputs_of(disk, killed=True)
            return lost if code in (0, 1) else [*lost, f"exit code {code} on a full disk"]

    def without_permission(self, folder: Path) -> list[str]:
        folder.chmod(0o555)
        running = self._run(folder, user="nobody")
        code = running.wait()
        return running.complaints() + ([] if code == 1 else [f"exit code {code} without permission"])

    def of_a_file_that_is_cut(self, folder: Path) -> list[str]:
        clip = folder / "cut.mp4"
        content = self.clip.read_bytes()
        clip.write_bytes(content)
        words = ["track", str(clip), "--detections", str(self.detections), "--quiet", "-o", str(folder / "out.jsonl")]
        if random.random() < 0.5:
            os.truncate(clip, random.randrange(len(content)))
        running = start(words, folder)
        time.sleep(random.uniform(0, self.takes_s / 4))
        os.truncate(clip, min(clip.stat().st_size, random.randrange(len(content))))
        code = running.wait()
        lost = running.complaints() + checks.outputs_of(folder, killed=True)
        return lost if code in (0, 1) else [*lost, f"exit code {code} of a file that is cut"]

    def with_standard_output_closed(self, folder: Path) -> list[str]:
        running = self._run(folder, outputs=("out.txt",), stdout="closed")
        code = running.wait()
        return running.complaints() + ([] if code == 0 else [f"exit code {code} with standard output closed"])

    def at_home_nowhere(self, folder: Path) -> list[str]:
        home = random.choice((None, "/proc/nowhere", str(folder / "nothing")))
        running = self._run(folder, home=home)
        code = running.wait()
        lost = running.complaints() + checks.outputs_of(folder, killed=False)
        return lost if code == 0 else [*lost, f"exit code {code} with HOME {home}"]


class Train:
    """Faults of `outrack train` on a tiny network.

    Attributes:
        sent: signals so far, of which a round has one or more.
    """

    def __init__(self, folder: Path) -> None:
        self.sent = 0
        recipe = RECIPE.replace("squares", str(write_squares(folder / "squares"))).replace("steps: 2, warmup: 0", STEPS)
        (folder / "tiny.yaml").write_text(recipe.replace("pairs: 2", "pairs: 1"))
        self.folder = folder
        began = time.monotonic()
        if code := self._run(folder, "whole").wait():
            raise SystemExit(f"the training that is left alone ended with {code}")
        self.takes_s = time.monotonic() - began
        self.weights = load_file(folder / "whole" / "last.safetensors")

    def _run(self, folder: Path, run: str, *words: str, home: str | None = "/tmp") -> Running:
        command = ["train", str(self.folder / "tiny.yaml"), "-o", str(folder / run), "--quiet", *words]
        return start(command, folder, home=home)

    def stopped_by(self, number: signal.Signals) -> Fault:
        def fault(folder: Path) -> list[str]:
            running = self._run(folder, "run")
            lost: list[str] = []
            while not lost and (stopped := random.random() < 0.7):
                time.sleep(random.uniform(0, self.takes_s))
                running.send(number)
                self.sent += 1
                running.wait()
                lost = running.complaints()
                has_begun = (folder / "run" / "last.pt").is_file()
                running = self._run(folder, "run", *(["--resume"] if stopped and has_begun else []))
            code = running.wait()
            lost += running.complaints()
            if code or lost:
                return [*lost, f"exit code {code} of the last resume"]
            return self._compared(folder / "run")

        return fault

    def _compared(self, run: Path) -> list[str]:
        found = load_file(run / "last.safetensors")
        other = [name for name in self.weights if not torch.equal(found[name], self.weights[name])]
        left = [path.name for path in run.glob(".*")]
        return [f"{len(other)} tensors differ"] * bool(other) + [f"left behind: {left}"] * bool(left)

    def on_a_full_disk(self, folder: Path) -> list[str]:
        disk = folder / "disk"
        with full_disk(disk, kilobytes=random.randint(100, 1500)):
            running = self._run(disk, "run")
            code = running.wait()
            lost = running.complaints()
            for path in (disk / "run").glob("*.safetensors"):
                with_tensors = load_file(path)
                lost += [] if with_tensors else [f"{path.name} is broken"]
            return lost if code in (0, 1) else [*lost, f"exit code {code} on a full disk"]

    def at_home_nowhere(self, folder: Path) -> list[str]:
        running = self._run(folder, "run", home=random.choice((None, "/proc/nowhere")))
        code = running.wait()
        return [*running.complaints(), f"exit code {code} without a home"] if code else self._compared(folder / "run")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=20, help="of each fault")
    options.add_argument("--only", default="", metavar="WORDS", help="faults with these words in their name")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    random.seed(given.seed)
    torch.set_num_threads(1)
    ARCHITECTURES["tiny"] = TinyNetwork
    forked.load()
    failed = False
    with tempfile.TemporaryDirectory() as place:
        for name in ("track", "train"):
            (Path(place) / name).mkdir()
        track, train = Track(Path(place) / "track"), Train(Path(place) / "train")
        signals = [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT]
        faults: dict[str, Fault] = {f"track: {number.name}": track.stopped_by(number) for number in signals}
        faults |= {f"train: {number.name}, then --resume": train.stopped_by(number) for number in signals}
        faults |= {
            "track: the file is cut while it is read": track.of_a_file_that_is_cut,
            "track: standard output is closed": track.with_standard_output_closed,
            "track: no HOME, or none that can be written": track.at_home_nowhere,
            "train: no HOME, or none that can be written": train.at_home_nowhere,
        }
        if os.geteuid() == 0:
            faults |= {
                "track: the disk is full": track.on_a_full_disk,
                "train: the disk is full": train.on_a_full_disk,
                "track: no permission": track.without_permission,
            }
        print("| fault | injected | survived | lost |\n|---|---|---|---|", flush=True)
        for name, fault in faults.items():
            if given.only not in name:
                continue
            lost, sent = [], train.sent
            for _ in range(given.rounds):
                with tempfile.TemporaryDirectory(dir=place) as folder:
                    lost += fault(Path(folder))[:1]
                    with suppress(OSError):
                        Path(folder).chmod(0o755)
            injected = max(given.rounds, train.sent - sent)
            print(f"| {name} | {injected} | {injected - len(lost)} | {len(lost)} |", flush=True)
            for words in lost[:5]:
                print(f"    {words}", file=sys.stderr, flush=True)
            failed |= bool(lost)
    raise SystemExit(int(failed))


if __name__ == "__main__":
    main()
