"""Documented functions of files take a path as text, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from outrack.conversion.run import convert
from outrack.datasets import open_dataset
from outrack.detectors import PrecomputedDetections
from outrack.evaluation import evaluate
from outrack.io.results import read_sequence_results
from outrack.tuning.recordings import record


def without_boxes(folder: Path) -> PrecomputedDetections:
    (folder / "det.txt").write_text("")
    return PrecomputedDetections(str(folder / "det.txt"))


@pytest.mark.parametrize(
    "read",
    [
        lambda path, _: evaluate(path, path),
        lambda path, _: open_dataset(path),
        lambda path, _: read_sequence_results(path),
        lambda path, folder: convert(path, str(folder / "out.json"), images=path),
        lambda path, folder: record(path, without_boxes(folder)),
    ],
    ids=["evaluate", "open_dataset", "read_sequence_results", "convert", "record"],
)
def test_a_file_that_is_not_there(read: Callable[[str, Path], object], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        read(str(tmp_path / "none.json"), tmp_path)


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from outrack.export.quantise import quantise_onnx
    from outrack.export.run import export_run
    from outrack.models import MobileCenterNet, load_foreign, load_network
    from outrack.training import load_config, train

    none, new = str(tmp_path / "none.pth"), str(tmp_path / "new.onnx")
    config = load_config("quick", overrides={"model.init": none})
    network = MobileCenterNet()
    for read in (
        lambda: load_network(none),
        lambda: load_foreign(network, none),
        lambda: export_run(none, new),
        lambda: quantise_onnx(none, new, []),
        lambda: train(config, str(tmp_path / "run")),
    ):
        with pytest.raises(FileNotFoundError, match="none"):
            read()


def test_weights_are_written_to_a_path_as_text(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from outrack.models import MobileCenterNet, Provenance, load_network, save_network

    path = str(tmp_path / "new.safetensors")
    save_network(MobileCenterNet(), path, provenance=Provenance("nothing", "Apache-2.0"))
    assert load_network(path).architecture == "mobile-centernet"
