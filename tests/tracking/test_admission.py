"""Which detections a tracker can work with."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.structures import Detections
from outrack.tracking.admission import admitted


def test_what_fits_comes_back_as_it_is() -> None:
    detections = Detections([[0, 0, 5, 9], [3, 3, 3, 3]], [0.9, 0.1], embeddings=np.eye(2))
    assert admitted(detections, needs_displacements=False) is detections


def test_nobody_has_no_embeddings_and_needs_no_displacements() -> None:
    nobody = admitted(Detections([], [], embeddings=[], occlusions=[[1, 2, 0.5]]), needs_displacements=True)
    assert len(nobody) == 0 and nobody.embeddings is None
    assert nobody.occlusions is not None and len(nobody.occlusions) == 1


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"detection 1 is inside out: box \[9.0, 0.0, 5.0, 9.0\]"):
        admitted(Detections([[0, 0, 5, 9], [9, 0, 5, 9]], [0.9, 0.9]), needs_displacements=False)
    with pytest.raises(ValueError, match="needs a detector that predicts displacements"):
        admitted(Detections([[0, 0, 5, 9]], [0.9]), needs_displacements=True)
    with pytest.raises(TypeError, match=r"expected outrack\.Detections\(.*got builtins\.list"):
        admitted([[0, 0, 5, 9]], needs_displacements=False)  # type: ignore[arg-type]  # the point of this test
