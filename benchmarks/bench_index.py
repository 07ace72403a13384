"""Time to open a large dataset for training: the first time, and from its index.

    python benchmarks/bench_index.py

Makes a tree of the size of CrowdHuman (15,000 pictures of 64 x 48 pixels with 22 people each, in its own layout) and
one of the size of MOT17's training half (7 sequences, 5,316 frames, 110,000 boxes), packs the first into archives, and
opens each twice.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=15_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["OUTRACK_HOME"] = str(Path(name) / "cache")
        make_crowdhuman(Path(name) / "crowdhuman", options.pictures)
        make_mot(Path(name) / "mot17")
        from outrack.datasets import open_dataset, write_shards

        list(write_shards(Path(name) / "shards", open_dataset(Path(name) / "crowdhuman")))
        shutil.rmtree(Path(name) / "cache")
        for tree in ("crowdhuman", "mot17", "shards"):
            for which in ("first", "again"):
                begun, begun_cpu = time.perf_counter(), time.process_time()
                images = open_dataset(Path(name) / tree)
                seconds, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
                boxes = sum(len(image.annotation) for image in images)
                counts = f"{len(images)} pictures, {boxes} boxes"
                print(f"{tree}, {which}: {seconds:.2f} s ({cpu:.2f} s of the CPU) for {counts}", flush=True)


def make_crowdhuman(folder: Path, number: int) -> None:
    (folder / "Images").mkdir(parents=True)
    draw = np.random.default_rng(0)
    first = folder / "Images" / "p000000.jpg"
    Image.new("RGB", (64, 48), (90, 90, 90)).save(first)
    content = first.read_bytes()
    lines = []
    for k in range(number):
        (folder / "Images" / f"p{k:06d}.jpg").write_bytes(content)
        boxes = [[int(v) for v in draw.integers(0, 30, 2)] + [8, 16] for _ in range(22)]
        people = [{"tag": "person", "fbox": b, "vbox": b, "hbox": b, "head_attr": {}, "extra": {}} for b in boxes]
        lines.append(json.dumps({"ID": f"p{k:06d}", "gtboxes": people}))
    (folder / "annotation_train.odgt").write_text("\n".join(lines) + "\n")


def make_mot(folder: Path) -> None:
    frames, people = 5316 // 7, 21
    for number in (2, 4, 5, 9, 10, 11, 13):
        sequence = folder / "train" / f"MOT17-{number:02d}-FRCNN"
        (sequence / "gt").mkdir(parents=True)
        (sequence / "img1").mkdir()
        picture = sequence / "img1" / "000001.jpg"
        Image.new("RGB", (64, 48), (90, 90, 90)).save(picture)
        content = picture.read_bytes()
        for frame in range(1, frames + 1):
            (sequence / "img1" / f"{frame:06d}.jpg").write_bytes(content)
        rows = [f"{t},{k},{k},5,8,16,1,1,1.0" for k in range(1, people + 1) for t in range(1, frames + 1)]
        (sequence / "gt" / "gt.txt").write_text("\n".join(rows) + "\n")
        (sequence / "seqinfo.ini").write_text(
            f"[Sequence]\nname={sequence.name}\nimDir=img1\nframeRate=30\nseqLength={frames}\nimWidth=64\nimHeight=48\n"
            "imExt=.jpg\n"
        )


if __name__ == "__main__":
    main()
