"""Draw docs/box-states.png: how `outrack track` paints a box of each state, and a trail.

python scripts/draw_box_states.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from outrack.structures import Tracks, TrackState
from outrack.video.painter import Painter

WIDTH, HEIGHT, STEPS = 940, 360, 12
CENTRES = (110, 340, 570, 800)


def people(step: int) -> Tracks:
    """Four upright boxes that walk to the right, one of each state."""
    x = np.array(CENTRES, np.float64) + 6 * (step - STEPS)
    y = np.array([70.0, 80, 70, 80]) + 3 * np.sin(step + np.arange(4))
    none = np.full(4, -1, np.int64)
    return Tracks(
        xyxy=np.column_stack([x, y, x + 90, y + 210]),
        ids=np.array([3, 7, 12, 18]),
        scores=np.full(4, 0.9),
        class_ids=np.zeros(4, np.int64),
        states=np.array(list(TrackState)),
        detection_index=none,
    )


def main() -> None:
    painter = Painter(show_trails=True)
    grey = np.full((HEIGHT, WIDTH, 3), 96, np.uint8)
    for step in range(STEPS + 1):
        painted = painter.paint(grey, people(step))
    picture = Image.fromarray(painted)
    draw = ImageDraw.Draw(picture)
    for centre, state in zip(CENTRES, TrackState, strict=True):
        draw.text((centre + 45, 325), state.name.lower(), "white", ImageFont.load_default(20), anchor="mm")
    picture.quantize(64).save(Path(__file__).parents[1] / "docs" / "box-states.png", optimize=True)


if __name__ == "__main__":
    main()
