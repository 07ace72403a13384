"""`outrack synth`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter, validators

from outrack.cli.config_file import apply_config_file
from outrack.cli.messages import UsageError
from outrack.cli.options import WHOLE, ConfigFile, Flag, Quiet, Verbose, width_and_height

__all__ = ["app", "synth"]

EXAMPLES = """\
Examples:

- Two sequences in MOTChallenge's layout, people and places drawn by code:\\
  `outrack synth crowds/ --sequences 2`
- Videos with real people before real places:\\
  `outrack synth crowds/ --format video --cutouts people/ --backgrounds places/`
- A thousand stills with a COCO json:\\
  `outrack synth stills/ --format stills --frames 1000 --difficulty hard`
"""

CROWD = Group("Crowd", sort_key=0)
SOURCES = Group("People and places", sort_key=10)
OUTPUT = Group("Output", sort_key=20)

app = App(name="synth", help_format="markdown", help_epilogue=EXAMPLES, config=apply_config_file)


@app.default
def synth(
    out: Path,
    *,
    sequences: Annotated[int, WHOLE, Parameter(group=CROWD, validator=validators.Number(gte=1))] = 1,
    frames: Annotated[int, WHOLE, Parameter(group=CROWD, validator=validators.Number(gte=1))] = 150,
    size: Annotated[str, Parameter(metavar="WIDTHxHEIGHT", group=CROWD)] = "512x320",
    people: Annotated[int, WHOLE, Parameter(group=CROWD)] = 12,
    difficulty: Annotated[Literal["easy", "medium", "hard"], Parameter(group=CROWD)] = "medium",
    frame_rate: Annotated[float, Parameter(metavar="FPS", group=CROWD)] = 15.0,
    seed: Annotated[int, WHOLE, Parameter(group=CROWD)] = 0,
    cutouts: Annotated[Path | None, Parameter(metavar="FOLDER", group=SOURCES)] = None,
    backgrounds: Annotated[Path | None, Parameter(metavar="FOLDER", group=SOURCES)] = None,
    split: Annotated[Literal["all", "train", "val", "test"], Parameter(group=SOURCES)] = "all",
    layout: Annotated[Literal["mot", "video", "stills"], Parameter(name="--format", group=OUTPUT)] = "mot",
    detections: Annotated[Flag, Parameter(group=OUTPUT)] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Compose crowds: people who walk, meet and occlude each other, with exact full-body boxes, ids and visibility.

    Args:
        out: Folder to write into; existing files are never replaced.
        sequences: Number of sequences or videos; stills form one set.
        frames: Frames of each sequence, or number of stills.
        size: Width and height in pixels.
        people: Approximate number of people in view at one time.
        difficulty: easy, medium or hard: how much people occlude each other, differ and move, and how poor the camera
            is.
        frame_rate: Frames per second.
        seed: Random seed; sequence k uses seed + k.
        cutouts: People: RGBA pictures, or images/ and masks/ with the same file names. Drawn by code by default.
        backgrounds: Places without people: pictures, or images/ with a COCO annotations.json. Drawn by code by
                default.
        split: Use only this part of the people and places: train, val and test share none.
        layout: mot (folders as MOTChallenge's), video (NAME.mp4 with its boxes in NAME.txt) or stills (COCO json).
        detections: Also write det/det.txt, detections of a simulated average detector; for --format mot.
    """
    import numpy as np

    from outrack.io.origin import origin_json
    from outrack.jobs.console import Terminal
    from outrack.synth import ComposedVideo, compose_still, crowd_source
    from outrack.synth.writer import write_sequence, write_stills, write_video

    width_height = width_and_height("--size", size)
    if detections and layout != "mot":
        raise UsageError("--detections writes det/det.txt of MOTChallenge's layout: use --format mot")
    console = Terminal(highlight=False, quiet=quiet)
    source = crowd_source(cutouts, backgrounds, split=split)
    settings = {
        **{"frames": frames, "size": size, "people": people, "difficulty": difficulty, "frame_rate": frame_rate},
        **{"cutouts": cutouts, "backgrounds": backgrounds, "split": split},
    }
    if layout == "stills":
        rng = np.random.default_rng(seed)
        stills = (
            compose_still(source, rng, size=width_height, num_people=people, difficulty=difficulty)
            for _ in range(frames)
        )
        console.print(str(write_stills(stills, out, origin=origin_json({"seed": seed, **settings}))), markup=False)
        return 0
    for number in range(seed, seed + sequences):
        video = ComposedVideo(
            source,
            seed=number,
            size=width_height,
            num_frames=frames,
            num_people=people,
            difficulty=difficulty,
            frame_rate=frame_rate,
        )
        origin = origin_json({"seed": number, **settings})
        if layout == "mot":
            written = write_sequence(video, out, detections_seed=number if detections else None, origin=origin)
        else:
            written = write_video(video, out, origin=origin)
        console.print(str(written), markup=False)
    return 0
