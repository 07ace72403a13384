from __future__ import annotations

import numpy as np
import pytest

from outrack.synth import (
    DIFFICULTIES,
    Appearance,
    ComposedVideo,
    CrowdSource,
    Difficulty,
    DrawnScenery,
    compose_pair,
    compose_still,
    crowd_source,
    occlusion_points,
)

SIZE = (256, 160)


@pytest.fixture(scope="module")
def source() -> CrowdSource:
    return crowd_source()


def test_the_same_seed_gives_the_same_bytes_in_any_order(source: CrowdSource) -> None:
    one = ComposedVideo(source, seed=5, size=SIZE, num_frames=6, num_people=6)
    again = ComposedVideo(crowd_source(), seed=5, size=SIZE, num_frames=6, num_people=6)
    frames = list(one)
    for index in (4, 0, 5):
        assert frames[index].pixels.tobytes() == again[index].pixels.tobytes()
        assert frames[index].annotation.xyxy.tolist() == again[index].annotation.xyxy.tolist()
    other = ComposedVideo(source, seed=6, size=SIZE, num_frames=6, num_people=6)
    assert other[0].pixels.tobytes() != frames[0].pixels.tobytes()


def test_a_video_has_the_asked_size_length_and_sound_labels(source: CrowdSource) -> None:
    video = ComposedVideo(source, seed=1, size=SIZE, num_frames=8, num_people=8, difficulty="hard")
    frames = list(video)
    assert len(video) == len(frames) == 8
    for index, image in enumerate(frames):
        assert image.pixels.shape == (160, 256, 3) and image.pixels.dtype == np.uint8
        assert image.pixels.flags.writeable and image.pixels.flags.c_contiguous
        assert (image.scene, image.frame) == (video.name, index)
        found = image.annotation
        assert found.ids is not None and found.visibility is not None
        assert len(np.unique(found.ids)) == len(found) and (found.ids >= 1).all()
        assert (found.xyxy[:, 2:] > found.xyxy[:, :2]).all()
        assert ((found.visibility >= 0) & (found.visibility <= 1)).all()


def test_people_move_and_mostly_stay_the_same_people(source: CrowdSource) -> None:
    video = ComposedVideo(source, seed=2, size=SIZE, num_frames=20, num_people=8)
    first, last = video[0].annotation, video[19].annotation
    assert first.ids is not None and last.ids is not None
    both = np.intersect1d(first.ids, last.ids)
    assert len(both) >= 3
    moved = [abs(first.xyxy[first.ids == k][0, 0] - last.xyxy[last.ids == k][0, 0]) for k in both]
    assert max(moved) > 10


def test_about_as_many_people_are_in_view_as_requested(source: CrowdSource) -> None:
    for difficulty in DIFFICULTIES:
        video = ComposedVideo(source, seed=3, size=(96, 64), num_frames=300, num_people=9, difficulty=difficulty)
        counts = [len(video[frame].annotation) for frame in range(0, 300, 15)]
        assert 7.5 < np.mean(counts) < 11


def test_people_grow_towards_the_camera(source: CrowdSource) -> None:
    """Perspective: the lower the feet, the taller the person."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        boxes = compose_still(source, rng, num_people=12, difficulty="easy").annotation.xyxy
        feet, heights = boxes[:, 3], boxes[:, 3] - boxes[:, 1]
        assert np.corrcoef(feet, heights)[0, 1] > 0.8


def test_a_pair_shows_mostly_the_same_people_in_another_light(source: CrowdSource) -> None:
    first, second = compose_pair(source, np.random.default_rng(1), size=SIZE, gap_frames=5, num_people=10)
    assert first.scene == second.scene and (first.frame, second.frame) == (0, 5)
    assert first.annotation.ids is not None and second.annotation.ids is not None
    assert len(np.intersect1d(first.annotation.ids, second.annotation.ids)) >= 5
    third, _ = compose_pair(source, np.random.default_rng(1), size=SIZE, gap_frames=5, num_people=10)
    assert third.pixels.tobytes() == first.pixels.tobytes()


def test_a_harder_crowd_hides_more_people(source: CrowdSource) -> None:
    few_places = CrowdSource(source.cutouts, DrawnScenery(num_scenes=8))

    def hidden(difficulty: str) -> tuple[float, int]:
        rng = np.random.default_rng(11)
        images = [
            compose_still(few_places, rng, size=(128, 96), num_people=12, difficulty=difficulty) for _ in range(32)
        ]
        seen = np.concatenate(
            [image.annotation.visibility for image in images if image.annotation.visibility is not None]
        )
        return float((seen < 0.5).mean()), sum(len(occlusion_points(image.annotation)) for image in images)

    easy, medium, hard = hidden("easy"), hidden("medium"), hidden("hard")
    assert 0.05 < easy[0] < medium[0] < hard[0] < 0.8
    assert 0 < easy[1] < hard[1]


def test_an_empty_place_is_a_picture_without_boxes(source: CrowdSource) -> None:
    still = compose_still(source, np.random.default_rng(0), size=SIZE, num_people=0)
    assert len(still.annotation) == 0 and still.annotation.xyxy.shape == (0, 4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_frames": 0}, "num_frames: expected 1 or more, got 0"),
        ({"size": (40, 320)}, "at least 64x64 pixels, got 40x320"),
        ({"num_people": -1}, "num_people: expected 0 or more"),
        ({"difficulty": "brutal"}, "unknown difficulty 'brutal'; expected one of easy, medium, hard"),
        ({"frame_rate": 0.0}, "frame_rate: expected frames per second above 0"),
        ({"frame_rate": 1e-320}, "frame_rate: .* frames last 86,400 s at most"),
        ({"num_people": 2000}, "different people, but the source has 1000"),
        ({"seed": -1}, "seed: expected 0 or more"),
    ],
)
def test_impossible_videos_are_refused(source: CrowdSource, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ComposedVideo(source, **({"seed": 0} | settings))  # type: ignore[arg-type]


def test_a_frame_beyond_the_end_is_an_index_error(source: CrowdSource) -> None:
    with pytest.raises(IndexError, match="has frames 0 to 2"):
        ComposedVideo(source, seed=0, size=SIZE, num_frames=3)[3]


def test_impossible_difficulties_are_refused() -> None:
    easy = DIFFICULTIES["easy"]
    with pytest.raises(ValueError, match="smallest < largest"):
        Difficulty((0.6, 0.3), easy.stories, easy.group, easy.gap_m, easy.obstacles)
    with pytest.raises(ValueError, match="six frequencies"):
        Difficulty((0.1, 0.3), (0, 0, 0, 0, 0, 0), easy.group, easy.gap_m, easy.obstacles)
    with pytest.raises(ValueError, match="obstacles"):
        Difficulty((0.1, 0.3), easy.stories, easy.group, easy.gap_m, (3, 1))


def test_a_variation_between_two_is_between_them() -> None:
    rng = np.random.default_rng(0)
    a, b = Appearance().draw(rng), Appearance().draw(rng)
    middle = a.towards(b, 0.5)
    assert middle.gamma == pytest.approx((a.gamma + b.gamma) / 2)
    assert middle.cast[2] == pytest.approx((a.cast[2] + b.cast[2]) / 2)
