"""`outrack pack`."""

from __future__ import annotations

from pathlib import Path

from outrack.datasets import open_dataset


def test_a_packed_dataset_holds_the_same_boxes(run) -> None:
    small = ("--size", "96x64", "--frames", "3", "--people", "3", "-q")
    assert run("synth", "stills", *small, "--format", "stills").code == 0
    outcome = run("pack", "stills", "shards", "--per-file", "2")
    assert (outcome.code, outcome.out.split()) == (0, ["shards/shard-000000.tar", "shards/shard-000001.tar"])
    before, after = (open_dataset(Path(name)) for name in ("stills", "shards"))
    assert [one.annotation.xyxy.tolist() for one in before] == [one.annotation.xyxy.tolist() for one in after]
    again = run("pack", "stills", "shards")
    assert again.code == 1 and again.err == "error: shards: already contains shards; choose another folder\n"
