"""Command lines with invalid files: does each end with a result, or with one message?

python benchmarks/bench_hostile.py
python benchmarks/bench_hostile.py --only convert

Every argument in `PLACES` gets every file of `oddities`: files that are empty, contain noise or have another format,
folders, links to themselves or to nothing, devices, pipes, addresses, and names that are long, empty, in other
alphabets or of bytes that are not text. A line passes if it ends within a minute with exit code 0, 1 or 2, without a
traceback and without "bug in outrack"; if a failure has a message, without control characters; and if all existing
files except the output are unchanged.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.faults import forked
from benchmarks.faults.forked import clip_of, start
from tests.fuzz.readers import CORPUS, network_of

ODD = "ODD"
DONE = ("--detections", "det.txt", "-o", "out.txt", "--quiet", "--max-frames", "5", "--overwrite")
PLACES: tuple[tuple[str, ...], ...] = (
    ("track", ODD, *DONE),
    ("track", "clip.mp4", "--detections", ODD, "-o", "out.txt", "--quiet", "--max-frames", "5"),
    ("track", "clip.mp4", "--weights", ODD, "-o", "out.txt", "--quiet", "--max-frames", "5"),
    *(
        ("track", "clip.mp4", *DONE, option, ODD)
        for option in ("--public", "--camera-motion", "--state", "--summary", "--config", "--save-crops", "-o")
    ),
    ("convert", ODD, "out.json"),
    ("convert", "tracks.csv", ODD),
    ("convert", "tracks.csv", "out.xml", "--images", ODD),
    ("eval", ODD, "results.txt"),
    ("eval", "gt.txt", ODD),
    ("report", ODD, "-o", "out.html"),
    ("report", "tracks.jsonl", "--video", ODD, "-o", "out.html"),
    ("report", "tracks.jsonl", "-o", ODD),
    ("info", "--weights", ODD),
    ("export", ODD, "-o", "out.onnx"),
    ("eval-reid", ODD),
)
WAITS = ("--config", "--camera-motion")
"""Options that read a pipe, as shells make them (`--config <(...)`), and so wait for a writer."""
LIMIT_S, MEMORY = 60.0, 8 << 30
CONTROL = {chr(code) for code in (*range(32), 127)} - set("\n\t\r")


def oddities(folder: Path) -> Iterator[str | bytes]:
    """Create odd files in `folder`; returns their names relative to it."""
    for ending in ("mp4", "txt", "json", "xml", "npz", "onnx", "yaml", "safetensors"):
        (folder / f"empty.{ending}").touch()
        (folder / f"noise.{ending}").write_bytes(bytes(range(256)) * 8)
        yield f"empty.{ending}"
        yield f"noise.{ending}"
    yield from ("clip.mp4", "tracks.csv", "net.onnx", "missing.mp4", "missing/a.txt", "clip.mp4/a.txt", ".", "", " ")
    (folder / "folder").mkdir()
    (folder / "loop.mp4").symlink_to("loop.mp4")
    (folder / "dangling.txt").symlink_to("nowhere/a.txt")
    os.mkfifo(folder / "pipe.mp4")
    yield from ("folder", "folder/", "loop.mp4", "dangling.txt", "pipe.mp4", "/dev/null", "/dev/full", "/dev/zero")
    yield from (
        "http://127.0.0.1:9/a.mp4",
        "s3://bucket/a.mp4",
        "97",
        "-1",
        "a" * 300 + ".txt",
        "{name}.txt",
        "{x!r}.txt",
    )
    for name in ("[a-z]*.txt", "-dash.txt", "line\nend\x1b[31m.txt", "ünï ٣.txt", "%s%n.txt", b"\xff\xfe.txt"):
        path = folder / os.fsdecode(name)
        path.write_bytes((CORPUS / "results.txt").read_bytes())
        yield path.name


def prepared(folder: Path, clip: Path) -> list[str]:
    """Valid inputs in `folder`, and the names of the odd ones next to them."""
    for path in CORPUS.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "clip.mp4").write_bytes(clip.read_bytes())
    (folder / "net.onnx").write_bytes(network_of())
    return [os.fsdecode(name) for name in oddities(folder)]


def contents(folder: Path) -> dict[str, bytes]:
    """Of all regular files, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and not path.is_symlink()}


def complaint(words: list[str], folder: Path, odd: str) -> str:
    """What is wrong with the result of a command line; empty if nothing is."""
    before = contents(folder)
    running = start(words, folder)
    began = time.monotonic()
    while not (ended := os.waitpid(running.pid, os.WNOHANG))[0]:
        if time.monotonic() - began > LIMIT_S:
            running.send(signal.SIGKILL)
            running.wait()
            return f"takes more than {LIMIT_S:g} seconds"
        time.sleep(0.01)
    code = os.waitstatus_to_exitcode(ended[1])
    text = running.errors.read_text(errors="replace")
    if found := running.complaints():
        return found[0]
    if code not in (0, 1, 2):
        return f"exit code {code}"
    if code and "error: " not in text:
        return f"exit code {code} without a message"
    if CONTROL & set(text):
        return f"control characters: {text!r}"
    changed = [name for name, content in before.items() if contents(folder).get(name) != content]
    return f"changed {changed}" if set(changed) - {odd, "out.txt"} else ""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", default="", metavar="WORDS", help="places with these words")
    only = options.parse_args().only
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    forked.load()
    failed = 0
    print("| place | lines | passed |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as root:
        clip, _ = clip_of(Path(root))
        (Path(root) / "names").mkdir()
        names = prepared(Path(root) / "names", clip)
        for place in PLACES:
            if only not in " ".join(place):
                continue
            bad, given = [], [odd for odd in names if odd != "pipe.mp4" or not set(WAITS) & set(place)]
            for odd in given:
                with tempfile.TemporaryDirectory(dir=root) as folder:
                    prepared(Path(folder), clip)
                    os.chdir(folder)
                    words = [odd if word == ODD else word for word in place]
                    if wrong := complaint(words, Path(folder), odd):
                        bad.append(f"    {words}: {wrong}")
                    os.chdir(root)
            print(f"| {' '.join(place)} | {len(given)} | {len(given) - len(bad)} |", flush=True)
            print("".join(line[:400] + "\n" for line in bad), file=sys.stderr, end="", flush=True)
            failed += len(bad)
    raise SystemExit(int(failed > 0))


if __name__ == "__main__":
    main()
