"""Every reader of files that may come from strangers, with small whole files to start from."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from outrack.annotation import AnnotatedImage, Annotation
from outrack.cli.config_file import options_of_file
from outrack.conversion.guess import format_of_input
from outrack.datasets.index import cached_index, files_key, fingerprint
from outrack.detectors import ModelInfo, load_detector
from outrack.detectors.cached import cached_detections
from outrack.io.coco import read_coco_images
from outrack.io.cvat import read_boxes_cvat_xml, read_boxes_cvat_zip
from outrack.io.cvat_project import parts_of_export
from outrack.io.ground_truth import read_ground_truth
from outrack.io.mot_detections import read_detections
from outrack.io.motchallenge import SequenceInfo, read_camera_motion
from outrack.io.odgt import read_odgt
from outrack.io.results import read_sequence_results
from outrack.io.run_record import RunRecord, read_run_record, write_run_record
from outrack.io.video_boxes import read_boxes_coco, read_boxes_csv, read_boxes_jsonl, read_boxes_mot
from outrack.io.yolo import read_yolo_labels
from outrack.structures import Detections, Frame
from outrack.tracking import Tracker

__all__ = ["READERS", "Reader", "network_of"]

Floats = NDArray[np.float32]
CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader under attack.

    Attributes:
        name: of the kind of file.
        file_name: what the broken file is called.
        read: reads it, and uses what was read as far as the next stage does.
        seeds: whole files.
        errors: what it may raise.
        is_named: whether the message names the file; that of a network goes by its name.
    """

    name: str
    file_name: str
    read: Callable[[Path], object]
    seeds: Callable[[], Sequence[bytes]]
    errors: tuple[type[Exception], ...] = (ValueError, OSError)
    is_named: bool = True


def _files(*names: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [(CORPUS / name).read_bytes() for name in names]


def _both(*readers: Callable[[Path], object]) -> Callable[[Path], object]:
    """The first reader's error after all others had the file, too."""

    def read(path: Path) -> object:
        failures: list[Exception] = []
        for reader in readers:
            try:
                reader(path)
            except (ValueError, OSError) as error:
                if str(path) not in str(error):
                    raise
                failures.append(error)
        if failures:
            raise failures[0]
        return None

    return read


def _xml(path: Path) -> object:
    parts_of_export(path)
    return read_boxes_cvat_xml(path)


def _zip(path: Path) -> object:
    parts_of_export(path)
    return read_boxes_cvat_zip(path)


def _zips() -> Sequence[bytes]:
    archives = []
    for members in (
        {"annotations.xml": "tracks.xml"},
        {"annotations.xml": "project.xml"},
        {"gt/gt.txt": "gt.txt", "gt/labels.txt": ""},
    ):
        packed = io.BytesIO()
        with ZipFile(packed, "w") as archive:
            for name, source in members.items():
                archive.writestr(name, (CORPUS / source).read_bytes() if source else b"person\nCar\n")
        archives.append(packed.getvalue())
    return archives


def _converted(path: Path) -> object:
    return format_of_input(path).read(path, None)


def _records() -> Sequence[bytes]:
    path = Path("seed.json")
    write_run_record(
        path,
        RunRecord(
            outrack="0.2.0",
            versions={"outrack": "0.2.0"},
            source="a.mp4",
            width=640,
            height=None,
            frame_rate=25.0,
            num_frames=100,
            num_dropped=0,
            num_people=5,
            num_short=1,
            num_left_out=0,
            interrupted=False,
            elapsed_s=4.5,
            phase_s={"drawing": 1.0},
            network={"name": "n"},
            settings={"classes": [1]},
            outputs=("a.csv",),
        ),
    )
    content = path.read_bytes()
    path.unlink()
    return [content]


def _kept() -> Sequence[bytes]:
    path = Path("seed.npz")
    cached_detections(path, lambda: [_people(4, 0), _people(4, 1)])
    content = path.read_bytes()
    path.unlink()
    return [content]


def _trackers() -> Sequence[bytes]:
    path = Path("seed.npz")
    saved = []
    for dim in (0, 4):
        tracker = Tracker(frame_rate=25)
        for shift in range(4):
            tracker.update(_people(dim, shift))
        tracker.save(path)
        saved.append(path.read_bytes())
    path.unlink()
    return saved


def _people(dim: int, shift: float) -> Detections:
    boxes = [(10 + shift, 10, 40 + shift, 90), (30, 12, 62, 95), (200, 10, 230, 80)]
    return Detections(boxes, [0.9, 0.8, 0.7], embeddings=np.eye(3, dim) + 0.1 if dim else None)


def _tracker(path: Path) -> object:
    tracker = Tracker.load(path)
    dim = tracker._tracklets.embeddings.dim
    for shift in (4, 5):
        tracker.update(_people(dim if dim < 1000 else 0, shift))
    tracker.update(Detections.empty())
    return tracker.update(_people(0, 6))


_LABELLED = [
    AnnotatedImage(Path("a.jpg"), 640, 480, Annotation.of_people(np.array([[1.0, 2, 30, 40]]), np.array([3])), "v", 0),
    AnnotatedImage(Path("b.jpg"), 640, 480, Annotation.of_people(np.array([[1.0, 2, 3, 4], [5, 6, 70, 80]]))),
]


def _index_file(source: Path) -> Path:
    return Path("cache") / "index" / f"{files_key([source], settings='')}.npz"


def _indices() -> Sequence[bytes]:
    source = Path("seed.txt")
    source.touch()
    cached_index(lambda: _LABELLED, sources=[source], settings="")
    kept = _index_file(source).read_bytes()
    source.unlink()
    return [kept]


def _index(path: Path) -> object:
    """A broken index is built again, with a warning."""
    source = path.with_name("source.txt")
    source.touch()
    path.replace(_index_file(source))
    return fingerprint(cached_index(lambda: _LABELLED, sources=[source], settings=""))


def _recipe(path: Path) -> object:
    from outrack.training.config.config_file import load_config

    return load_config(path)


@contextmanager
def _tiny() -> Iterator[None]:
    """A network of 15,000 numbers among the known ones: others take a quarter of a second to build."""
    from outrack.models.registry import ARCHITECTURES
    from tests.training.tiny import TinyNetwork

    ARCHITECTURES["tiny"] = TinyNetwork
    try:
        yield
    finally:
        del ARCHITECTURES["tiny"]


def _weights(path: Path) -> object:
    from outrack.models.weights import load_network

    with _tiny():
        return load_network(path)


def _weight_files() -> Sequence[bytes]:
    from outrack.models import Head, Provenance, create, save_network

    path = Path("seed.safetensors")
    heads = (Head("centres", 1, hidden=8), Head("ltrb", 4, hidden=8))
    with _tiny():
        save_network(create("tiny", heads=heads), path, provenance=Provenance("nothing", "none"))
    content = path.read_bytes()
    path.unlink()
    return [content]


def _state(path: Path) -> object:
    from outrack.training.engine.checkpoint import read_state

    return read_state(path)


def _states() -> Sequence[bytes]:
    import torch

    from outrack.training.engine.checkpoint import RunProgress, TrainingState, write_state

    path = Path("seed.pt")
    tensor = torch.arange(6.0)
    state = TrainingState("seed: 1\n", RunProgress(3, 0.5, None), {"a": tensor}, None, {"state": {}}, None, tensor)
    write_state(state, path)
    content = path.read_bytes()
    path.unlink()
    return [content]


def _onnx(path: Path) -> object:
    image = np.zeros((96, 128, 3), np.uint8)
    return Tracker().update(load_detector(path, device="cpu")(Frame(image, 0, 0.0)))


def network_of(
    *, input_name: str = "images", input_shape: Sequence[int | str] = ("batch", 3, "height", "width"), **outputs: Floats
) -> bytes:
    """An ONNX file of ours that finds two people in every picture, unless `outputs` say something else."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    values = {
        "boxes": np.array([[[10, 20, 30, 60], [40, 20, 60, 80]]], np.float32),
        "scores": np.array([[0.75, 0.5]], np.float32),
        "embeddings": np.array([[[1, 0, 0, 0], [0, 1, 0, 0]]], np.float32),
        "occlusions": np.array([[[35, 30, 0.5]]], np.float32),
    } | outputs
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name))
        for name, value in values.items()
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info(input_name, TensorProto.UINT8, list(input_shape))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in values.items()],
    )
    model = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 20)])
    onnx.helper.set_model_props(model, ModelInfo(name="constant", size=(128, 96), embedding_dim=4).to_metadata())
    content: bytes = model.SerializeToString()
    return content


READERS = {
    reader.name: reader
    for reader in (
        Reader("detections", "fuzz.txt", lambda path: read_detections(path, 0.1), _files("det.txt", "results.txt")),
        Reader("ground truth", "fuzz.txt", read_ground_truth, _files("gt.txt", "gt15.txt")),
        Reader("results", "fuzz.txt", _both(read_sequence_results, read_boxes_mot), _files("results.txt", "det.txt")),
        Reader("camera motion", "fuzz.txt", read_camera_motion, _files("camera.txt")),
        Reader("seqinfo.ini", "seqinfo.ini", SequenceInfo.read, _files("seqinfo.ini")),
        Reader("YOLO", "fuzz.txt", read_yolo_labels, _files("yolo.txt")),
        Reader("JDE", "fuzz.txt", lambda path: read_yolo_labels(path, with_ids=True), _files("jde.txt")),
        Reader("CSV", "fuzz.csv", _both(read_boxes_csv, read_sequence_results), _files("tracks.csv")),
        Reader("JSON Lines", "fuzz.jsonl", _both(read_boxes_jsonl, read_sequence_results), _files("tracks.jsonl")),
        Reader("odgt", "fuzz.odgt", read_odgt, _files("labels.odgt")),
        Reader("COCO", "fuzz.json", _both(read_coco_images, read_boxes_coco), _files("coco.json", "stills.json")),
        Reader("CVAT xml", "fuzz.xml", _xml, _files("tracks.xml", "project.xml")),
        Reader("CVAT zip", "fuzz.zip", _zip, _zips),
        Reader("converted zip", "fuzz.zip", _converted, _zips),
        Reader("run record", "fuzz.json", read_run_record, _records),
        Reader("kept detections", "fuzz.npz", lambda path: cached_detections(path, list), _kept),
        Reader("saved tracker", "fuzz.npz", _tracker, _trackers),
        Reader("index", "fuzz.npz", _index, _indices, errors=()),
        Reader("recipe", "fuzz.yaml", _recipe, _files("recipe.yaml", "like.yaml")),
        Reader("options", "fuzz.yaml", options_of_file, _files("options.yaml")),
        Reader("safetensors", "fuzz.safetensors", _weights, _weight_files),
        Reader("last.pt", "fuzz.pt", _state, _states),
        Reader("ONNX", "fuzz.onnx", _onnx, lambda: [network_of()], is_named=False),
    )
}
"""By name."""
