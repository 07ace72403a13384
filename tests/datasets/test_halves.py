"""Sizes of the halves, as in the papers' own lists (notes#halves)."""

from __future__ import annotations

import pytest

from outrack.datasets.halves import frames_of_half

MOT17 = {"02": 600, "04": 1050, "05": 837, "09": 525, "10": 654, "11": 900, "13": 750}
SIZES = {
    "fairmot-train": [300, 525, 418, 262, 327, 450, 375],
    "fairmot-val": [300, 525, 419, 263, 327, 450, 375],
    "centertrack-train": [301, 526, 419, 263, 328, 451, 376],
    "centertrack-val": [299, 524, 418, 262, 326, 449, 374],
}


@pytest.mark.parametrize("half", SIZES)
def test_sizes_of_mot17(half: str) -> None:
    assert [len(frames_of_half(half, f"MOT17-{name}-SDP", n)) for name, n in MOT17.items()] == SIZES[half]


def test_sums_of_fairmot() -> None:
    assert sum(SIZES["fairmot-train"]) == 2657
    assert sum(SIZES["fairmot-val"]) == 2659


@pytest.mark.parametrize("paper", ["fairmot", "centertrack"])
@pytest.mark.parametrize("num_frames", [1, 2, 7, 600])
def test_the_halves_share_nothing_and_miss_nothing(paper: str, num_frames: int) -> None:
    halves = [list(frames_of_half(f"{paper}-{part}", "any", num_frames)) for part in ("train", "val")]
    assert halves[0] + halves[1] == list(frames_of_half("full", "any", num_frames)) == list(range(1, num_frames + 1))


def test_mot20_training_halves_are_one_frame_shorter() -> None:
    lengths = {"MOT20-01": 429, "MOT20-02": 2782, "MOT20-03": 2405, "MOT20-05": 3315}
    sizes = [len(frames_of_half("fairmot-train", name, n)) for name, n in lengths.items()]
    assert sizes == [213, 1390, 1201, 1656] == [n // 2 - 1 for n in lengths.values()]
    assert frames_of_half("fairmot-val", "MOT20-01", 429) == range(214, 430)


def test_sequences_without_training_half_are_whole() -> None:
    assert (
        frames_of_half("mixed-val", "MOT17-11", 900)
        == frames_of_half("fairmot-val", "MOT17-11", 900)
        == range(451, 901)
    )
    assert frames_of_half("mixed-val", "ETH-Sunnyday", 354) == range(1, 355)


def test_an_unknown_half_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown half 'half'; expected one of full, fairmot-train"):
        frames_of_half("half", "MOT17-02", 600)
