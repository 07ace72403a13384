"""Which detections a tracker can work with."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.structures import Detections
from outrack.tracking.validation import validate_detections


def test_what_fits_comes_back_as_it_is() -> None:
    detections = Detections([[0, 0, 5, 9], [3, 3, 3, 3]], [0.9, 0.1], embeddings=np.eye(2))
    assert validate_detections(detections, needs_displacements=False) is detections


def test_nobody_has_no_embeddings_and_needs_no_displacements() -> None:
    nobody = validate_detections(Detections([], [], embeddings=[], occlusions=[[1, 2, 0.5]]), needs_displacements=True)
    assert len(nobody) == 0 and nobody.embeddings is None
    assert nobody.occlusions is not None and len(nobody.occlusions) == 1


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"detection 1 has x2 < x1 or y2 < y1: box \[9.0, 0.0, 5.0, 9.0\]"):
        validate_detections(Detections([[0, 0, 5, 9], [9, 0, 5, 9]], [0.9, 0.9]), needs_displacements=False)
    with pytest.raises(ValueError, match="needs a detector that predicts displacements"):
        validate_detections(Detections([[0, 0, 5, 9]], [0.9]), needs_displacements=True)
    with pytest.raises(TypeError, match=r"expected outrack\.Detections\(.*got builtins\.list"):
        validate_detections([[0, 0, 5, 9]], needs_displacements=False)  # type: ignore[arg-type]  # the point of this test
