"""Drawing on the planes of a video gives the same picture as drawing in RGB."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from outrack.structures import Detections, Frame, TrackState
from outrack.video import open_source
from outrack.video.outputs import RunOutputs
from outrack.video.painter import Painter
from outrack.video.pixels import DecodedPicture
from outrack.video.planes import Planes, copied_planes, yuv_values
from outrack.video.writers import Writers
from outrack.video.writers.movie import MovieWriter


def grey_planes(width=640, height=480, level=100, is_bt709=False):
    frame = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), level, np.uint8), format="yuv420p")
    for plane in frame.planes[1:]:
        np.frombuffer(plane, np.uint8)[:] = 128
    return copied_planes(frame, is_bt709=is_bt709)


def rgb_of(planes):
    return planes.frame.to_ndarray(format="rgb24").astype(int)


@pytest.mark.parametrize("is_bt709", [True, False])
def test_colours_are_those_of_the_standards(is_bt709):
    assert yuv_values(np.array([0, 0, 0], np.uint8), is_bt709=is_bt709).tolist() == [16, 128, 128]
    assert yuv_values(np.array([255, 255, 255], np.uint8), is_bt709=is_bt709).tolist() == [235, 128, 128]
    red = yuv_values(np.array([255, 0, 0], np.uint8), is_bt709=is_bt709).tolist()
    assert red == ([63, 102, 240] if is_bt709 else [81, 90, 240])  # as tables of BT.709 and BT.601 have them


@pytest.mark.parametrize("size", [(640, 480), (770, 434), (66, 50)])
@pytest.mark.parametrize("options", [{}, {"show_trails": True}, {"show_boxes": False, "show_occlusion": True}])
def test_as_drawn_in_rgb(make_tracks, size, options):
    width, height = size
    planes = grey_planes(*size)
    states = [TrackState.DETECTED, TrackState.REFOUND, TrackState.PREDICTED]
    points = np.array([[width / 2, height / 2, 0.9], [-4, 3, 1.0], [width, height, 0.5]])
    on_planes, on_rgb = Painter(**options), Painter(**options)
    for step in range(4):
        boxes = np.array([[30, 40, 90, 120], [-20, -5, 25, 30], [width - 30, height - 60, width + 9, height + 9]])
        tracks = make_tracks(boxes + 5 * step, ids=[1, 22, 333], states=states)
        planes = grey_planes(*size)
        before = rgb_of(planes)
        on_planes.paint_planes(planes, tracks, points)
        drawn = rgb_of(planes)
        expected = on_rgb.paint(before.astype(np.uint8), tracks, points).astype(int)
    assert np.abs(expected - before).max() > 90
    # Half of the colours are gone at edges, so single pixels differ; light and shade stay where they are.
    assert np.abs(drawn.mean(axis=2) - expected.mean(axis=2)).mean() < 0.15 * np.abs(expected - before).mean() + 0.3
    assert np.corrcoef((drawn - before).ravel(), (expected - before).ravel())[0, 1] > 0.85


def test_no_box_or_point_breaks_it(make_tracks):
    painter = Painter(show_trails=True, show_occlusion=True)
    boxes = [[-1e9, -1e9, 1e9, 1e9], [10, 10, 10, 10], [639, 479, 640, 480], [-50, -50, -10, -10], [700, 500, 800, 600]]
    for _ in range(2):
        painter.paint_planes(grey_planes(), make_tracks(boxes), np.array([[1e6, -1e6, 2.0], [639.9, 479.9, -1.0]]))


def test_the_decoders_own_planes_are_unchanged(make_video, make_tracks):
    with open_source(make_video(noise=True)) as source:
        frame = next(iter(source))
    before = frame.pixels.copy()
    planes = frame.decoded.planes()
    Painter().paint_planes(planes, make_tracks([[5, 5, 40, 40]]))
    assert np.abs(rgb_of(planes) - before).max() > 50
    np.testing.assert_array_equal(frame.decoded.rgb(), before)


def test_rotated_pictures_are_drawn_in_rgb(make_video):
    with open_source(make_video(rotation=90)) as source:
        assert next(iter(source)).decoded.planes() is None


@pytest.mark.parametrize(
    ("pix_fmt", "size", "colorspace", "color_range", "drawn_on"),
    [
        ("yuv420p", (64, 48), 2, 0, True),
        ("yuv420p", (64, 48), 6, 1, True),
        ("yuv420p", (64, 48), 1, 1, False),  # BT.709, and small videos are taken for BT.601
        ("yuv420p", (1280, 720), 1, 1, True),
        ("yuv420p", (64, 48), 2, 2, False),  # values from 0 to 255
        ("yuvj420p", (64, 48), 2, 0, False),
        ("yuv444p", (64, 48), 2, 0, False),
        ("yuv420p", (65, 48), 2, 0, False),
    ],
)
def test_only_what_encoders_take_is_drawn_on(pix_fmt, size, colorspace, color_range, drawn_on):
    frame = av.VideoFrame(*size, pix_fmt)
    frame.colorspace, frame.color_range = colorspace, color_range
    assert (DecodedPicture(frame, size).planes() is not None) is drawn_on
    assert DecodedPicture(frame, (128, 96)).planes() is None


def test_a_video_of_planes_has_the_pixels_of_one_of_rgb(tmp_path, make_video, make_tracks):
    tracks = make_tracks([[50, 80, 130, 300]])
    with open_source(make_video(num_frames=6, size=(640, 480))) as source:
        frames = list(source)
    for name in ("planes.mp4", "rgb.mp4"):
        painter = Painter() if name == "planes.mp4" else Painter2()
        with MovieWriter(tmp_path / name, frame_rate=10) as movie:
            outputs = RunOutputs(source, Writers([]), painter)
            for frame in frames:
                painted = outputs.paint(type("Result", (), {"frame": frame, "tracks": tracks, "detections": EMPTY})())
                assert isinstance(painted, Planes) == (name == "planes.mp4")
                movie.write(frame, EMPTY, tracks, painted)
    with open_source(tmp_path / "planes.mp4") as ours, open_source(tmp_path / "rgb.mp4") as others:
        pairs = list(zip(ours, others, strict=True))
    assert len(pairs) == 6
    for one, other in pairs:
        assert one.timestamp_s == other.timestamp_s
        assert np.abs(one.pixels.astype(int) - other.pixels).mean() < 1.5


class Painter2(Painter):
    """One of the caller's own, which may draw whatever it likes in RGB."""


EMPTY = Detections.empty()


@pytest.mark.parametrize("is_bt709", [True, False])
def test_planes_of_other_colours_or_pixels_are_converted(tmp_path, make_tracks, is_bt709):
    """A small video is BT.601, and WebM has square pixels."""
    planes = grey_planes(64, 48, is_bt709=is_bt709)
    tracks = make_tracks([[8, 20, 40, 40]])
    Painter().paint_planes(planes, tracks)
    frame = Frame(None, 0, 0.0, "", Fraction(64, 45))
    with MovieWriter(tmp_path / "wide.webm", frame_rate=10) as movie:
        movie.write(frame, EMPTY, tracks, planes)
    with open_source(tmp_path / "wide.webm") as source:
        assert source.size == (92, 48)
        shown = next(iter(source)).pixels.astype(int)
    assert abs(shown[:8].mean() - 98) < 12  # the grey of the background


def test_planes_are_copied_row_by_row():
    values = np.random.default_rng(0).integers(16, 235, (434 * 3 // 2, 770), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(values, format="yuv420p")
    copy = copied_planes(frame, is_bt709=False)
    np.testing.assert_array_equal(copy.frame.to_ndarray(), frame.to_ndarray())
    assert copy.size == (770, 434)
