"""Images of a step: the window, the share of negatives, the mixture, and independence of history."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from outrack.datasets import AnnotatedImage, Annotation, LabelledImage
from outrack.training.data.pairs import ImagePairs, Mixture, generator

NO_PEOPLE = Annotation.of_people(np.empty((0, 4)))


class Numbers:
    """A source of tiny images that remember where they come from."""

    def __init__(self, name: str, length: int) -> None:
        self.name, self.length = name, length

    def __len__(self) -> int:
        return self.length

    def scene(self, index: int) -> str:
        return f"{self.name}{index}"

    def pair(self, index: int, rng: np.random.Generator) -> tuple[LabelledImage, LabelledImage]:
        pixels = rng.integers(0, 256, (2, 2, 3), dtype=np.uint8)
        image = LabelledImage(pixels, NO_PEOPLE, self.scene(index))
        return image, image


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> list[AnnotatedImage]:
    """60 frames, with a gap of 20 after frame 39; the red channel is the frame number."""
    folder = tmp_path_factory.mktemp("video")
    images = []
    for frame in [*range(40), *range(60, 80)]:
        path = folder / f"{frame}.png"
        Image.new("RGB", (4, 4), (frame, 0, 0)).save(path)
        images.append(AnnotatedImage(path, 4, 4, NO_PEOPLE, "walk", frame))
    return images


def test_partners_are_other_frames_within_the_window(video: list[AnnotatedImage]) -> None:
    source = ImagePairs(list(reversed(video)), window=10)
    rng = np.random.default_rng(0)
    index = 20
    distances = Counter()
    for _ in range(400):
        current, partner = source.pair(index, rng)
        assert current.pixels[0, 0, 0] == current.frame == 20
        distances[partner.frame - current.frame] += 1
    assert set(distances) == set(range(-10, 11)) - {0}
    assert max(distances.values()) < 45  # uniform: 20 expected for each


def test_the_window_ends_with_the_video_and_its_gaps(video: list[AnnotatedImage]) -> None:
    source = ImagePairs(video, window=10)
    rng = np.random.default_rng(0)
    assert {source.pair(39, rng)[1].frame for _ in range(100)} == set(range(29, 39))
    assert {source.pair(40, rng)[1].frame for _ in range(100)} == set(range(61, 71))


def test_stills_and_short_videos_are_their_own_partner(video: list[AnnotatedImage]) -> None:
    lonely = ImagePairs([video[0], video[45]])
    assert lonely.pair(0, np.random.default_rng(0))[1].frame == 0
    still = AnnotatedImage(video[7].path, 4, 4, NO_PEOPLE)
    current, partner = ImagePairs([still]).pair(0, np.random.default_rng(0))
    assert current is partner
    assert ImagePairs([still]).scene(0) == str(video[7].path)


def test_a_fifth_of_the_pairs_are_negative_and_show_two_scenes() -> None:
    mixture = Mixture([Numbers("a", 30), Numbers("b", 20)], negative=0.2, seed=1)
    pairs = [mixture.pair_at(draw) for draw in range(2000)]
    negatives = [pair for pair in pairs if pair.negative]
    assert 340 < len(negatives) < 460
    assert all(pair.current.scene != pair.previous.scene for pair in negatives)
    assert all(pair.current.scene == pair.previous.scene for pair in pairs if not pair.negative)


def test_one_scene_alone_gives_no_negatives_and_one_warning(
    video: list[AnnotatedImage], caplog: pytest.LogCaptureFixture
) -> None:
    mixture = Mixture([ImagePairs(video)], negative=0.5)
    assert not any(mixture.pair_at(draw).negative for draw in range(50))
    (record,) = caplog.records
    assert "negative pairs need two scenes, but all images show walk: all pairs are positive" in record.message


def test_two_scenes_or_no_wish_for_negatives_give_no_warning(
    video: list[AnnotatedImage], caplog: pytest.LogCaptureFixture
) -> None:
    still = AnnotatedImage(video[7].path, 4, 4, NO_PEOPLE)
    for sources in ([ImagePairs([*video, still])], [ImagePairs(video), ImagePairs(video)]):
        mixture = Mixture(sources, negative=0.5)
        assert any(mixture.pair_at(draw).negative for draw in range(50))
    Mixture([ImagePairs(video)], negative=0)
    assert caplog.records == []


def test_an_epoch_shows_every_image_once_in_another_order_each_time() -> None:
    mixture = Mixture([Numbers("a", 30), Numbers("b", 20)], negative=0, seed=5)
    epochs = [[mixture.pair_at(epoch * 50 + draw).current.scene for draw in range(50)] for epoch in range(2)]
    everything = {f"a{n}" for n in range(30)} | {f"b{n}" for n in range(20)}
    assert set(epochs[0]) == set(epochs[1]) == everything
    assert epochs[0] != epochs[1]


def test_shares_hold_and_no_image_of_a_source_is_favoured() -> None:
    mixture = Mixture([Numbers("a", 30), Numbers("b", 7)], shares=[1, 3], negative=0, seed=5)
    seen = Counter(mixture.pair_at(draw).current.scene for draw in range(len(mixture) * 6))
    b = [seen[f"b{n}"] for n in range(7)]
    assert sum(b) / seen.total() == pytest.approx(0.75, abs=0.02)
    assert max(b) - min(b) <= 1


def test_draws_depend_only_on_seed_and_position() -> None:
    def draw(seed: int, positions: list[int]) -> dict[int, tuple[str, str, bytes]]:
        mixture = Mixture([Numbers("a", 30), Numbers("b", 20)], seed=seed)
        pairs = {position: mixture.pair_at(position) for position in positions}
        return {n: (p.current.scene, p.previous.scene, p.current.pixels.tobytes()) for n, p in pairs.items()}

    forward, backward = draw(3, list(range(120))), draw(3, list(reversed(range(120))))
    assert forward == backward
    assert forward[77] == draw(3, [77])[77]
    assert forward != draw(4, list(range(120)))


def test_generators_of_different_counters_differ() -> None:
    counters = [(), (0, 1), (1, 0), (0, 0, 1), (5,)]
    values = [generator(7, *counter).random() for counter in counters]
    assert len(set(values)) == len(counters)
    assert values[4] == generator(7, 5).random()
    assert generator(7, 0, 1).random(50)[-1] not in generator(7, 0, 2).random(200)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sources": []}, "expected sources"),
        ({"sources": [Numbers("a", 0)]}, "expected sources"),
        ({"sources": [Numbers("a", 3)], "shares": [0]}, "positive share"),
        ({"sources": [Numbers("a", 3)], "shares": [1, 1]}, "positive share"),
        ({"sources": [Numbers("a", 3)], "negative": 1.0}, "negative"),
    ],
)
def test_impossible_mixtures(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Mixture(**settings)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="window"):
        ImagePairs([], window=0)
