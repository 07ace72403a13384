"""SciPy's assignment without the rest of SciPy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.optimize

from outrack import linear_assignment


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Each test loads the function anew."""
    linear_assignment._solve.cache_clear()
    yield
    linear_assignment._solve.cache_clear()


@pytest.mark.parametrize("maximize", [False, True])
def test_is_the_function_of_scipy(monkeypatch: pytest.MonkeyPatch, maximize: bool) -> None:
    random = np.random.default_rng(0).random((30, 20))
    for matrix in (random, random > 0.8, random[:0]):
        expected = scipy.optimize.linear_sum_assignment(matrix, maximize=maximize)
        with monkeypatch.context() as without:
            without.delitem(sys.modules, "scipy.optimize")
            found = linear_assignment.linear_sum_assignment(matrix, maximize=maximize)
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert linear_assignment._solve() is not scipy.optimize.linear_sum_assignment


def test_a_scipy_that_keeps_it_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_assignment, "PathFinder", SimpleNamespace(find_spec=lambda *_: None))
    with pytest.raises(ImportError, match="_lsap"):
        linear_assignment._alone()
    monkeypatch.delitem(sys.modules, "scipy.optimize")
    rows, cols = linear_assignment.linear_sum_assignment(np.array([[1.0, 0.0], [0.0, 0.0]]))
    assert "scipy.optimize" in sys.modules
    assert (rows.tolist(), cols.tolist()) == ([0, 1], [1, 0])


def test_tracking_does_not_load_the_rest_of_scipy() -> None:
    program = (
        "import sys, numpy as np\n"
        "from outrack import Detections, Tracker\n"
        "from outrack.detectors.appearance import embeddings_at\n"
        "tracker, boxes = Tracker(), np.array([[0, 0, 40, 80], [10, 0, 50, 80]])\n"
        "for _ in range(3):\n"
        "    tracks = tracker.update(Detections(boxes, [0.9, 0.9]))\n"
        "assert len(tracks) == 2\n"
        "found = Detections(boxes, [0.9, 0.9], embeddings=np.eye(2))\n"
        "assert (embeddings_at(boxes, found, dim=2, missing=0) == np.eye(2)).all()\n"
        "assert 'outrack.linear_assignment' in sys.modules and 'scipy' in sys.modules\n"
        "print(*(name for name in sys.modules if name.startswith(('scipy.optimize', 'scipy.linalg', 'scipy.sparse'))))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (result.stdout.strip(), result.returncode) == ("", 0), result.stderr
