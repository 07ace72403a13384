"""Detections of other libraries as `Detections`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import outrack
from outrack import as_detections

XYXY = [[10.0, 20, 50, 140], [60, 20, 100, 150]]


class Tensor:
    """A tensor on a device: NumPy cannot read it before `cpu()`."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __len__(self) -> int:
        return len(self.values)

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> np.ndarray:
        return self.values


def results(xyxy: Any = XYXY) -> Any:
    n = len(xyxy)
    parts = {"xyxy": Tensor(np.reshape(xyxy, (-1, 4))), "conf": Tensor([0.9, 0.5][:n]), "cls": Tensor([0.0, 2.0][:n])}
    return SimpleNamespace(boxes=SimpleNamespace(**parts), names={0: "person", 2: "car"})


COCO = [
    {"image_id": 1, "bbox": [10, 20, 40, 120], "score": 0.9, "category_id": 1},
    {"image_id": 1, "bbox": [60, 20, 40, 130], "score": 0.5, "category_id": 3},
]
SIX = [[*box, score, class_id] for box, score, class_id in zip(XYXY, (0.9, 0.5), (0, 2), strict=True)]
TORCHVISION = {"boxes": Tensor(XYXY), "scores": Tensor([0.9, 0.5]), "labels": Tensor([0, 2])}


@pytest.mark.parametrize(
    "given",
    [results(), [results()], COCO, TORCHVISION, SIX, np.array(SIX), np.array(SIX, np.float32), Tensor(SIX).numpy()],
    ids=["results", "a list of one", "COCO", "torchvision", "list", "array", "float32", "tensor"],
)
def test_every_form_is_the_same_detections(given: Any) -> None:
    found = as_detections(given)
    assert found.xyxy.tolist() == XYXY
    assert found.scores.tolist() == pytest.approx([0.9, 0.5])
    assert found.class_ids.tolist() == [0, 2]
    assert len(outrack.Tracker().update(given)) == 2


def test_supervision_and_our_own() -> None:
    supervision = pytest.importorskip("supervision")
    found = as_detections(supervision.Detections(xyxy=np.array(XYXY), class_id=np.array([0, 2])))
    assert (found.scores.tolist(), found.class_ids.tolist()) == ([1, 1], [0, 2])
    assert as_detections(found) is found


@pytest.mark.filterwarnings("ignore")
def test_results_that_ultralytics_made() -> None:
    made = pytest.importorskip("ultralytics.engine.results")
    torch = pytest.importorskip("torch")
    names = {0: "person", 2: "car"}
    given = made.Results(np.zeros((160, 120, 3), np.uint8), "a.png", names, boxes=torch.tensor(SIX))
    found = as_detections([given])
    assert (found.xyxy.tolist(), found.class_ids.tolist()) == (XYXY, [0, 2])
    assert found.scores.tolist() == pytest.approx([0.9, 0.5])
    none = made.Results(np.zeros((160, 120, 3), np.uint8), "a.png", names, boxes=torch.zeros(0, 6))
    assert len(as_detections(none)) == 0


@pytest.mark.parametrize("given", [[], np.empty((0, 6)), results([]), {"boxes": np.empty((0, 4))}, ()])
def test_empty_input_gives_no_detections(given: Any) -> None:
    assert len(as_detections(given)) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([{"bbox": [1, 2, 3], "score": 1}], "detection 0: expected .*bbox"),
        ([{"bbox": [1, 2, 3, 4], "category_id": 0}], "categories count from 1, a person; got 0"),
        ([{"bbox": [1, 2, float("nan"), 4]}], "detection 0 is not finite"),
        ({"labels": [1]}, "got a dictionary of labels"),
        (SimpleNamespace(boxes=None), "these results have no boxes"),
        ({"boxes": XYXY, "scores": [0.5]}, r"scores: expected shape \(2\)"),
        ({"boxes": XYXY, "labels": [0, 1.5]}, "class_ids: expected whole numbers, got 1.5"),
        ({"boxes": XYXY, "labels": ["person", "car"]}, "class_ids: expected numbers, got .*'person'"),
    ],
)
def test_malformed_input_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_detections(given)


class Table(dict[str, list[Any]]):
    """Columns by name, as in pandas and polars."""

    @property
    def columns(self) -> list[str]:
        return list(self)


def test_columns_of_a_table_are_found_by_name() -> None:
    rows = Table(frame=[7, 7], score=[0.9, 0.5], y2=[40, 90], x2=[30, 60], y1=[2, 20], x1=[1, 10], class_id=[0, 2])
    found = as_detections(rows)
    assert found.xyxy.tolist() == [[1, 2, 30, 40], [10, 20, 60, 90]]
    assert (found.scores.tolist(), found.class_ids.tolist()) == ([0.9, 0.5], [0, 2])
    yolo = Table(xmin=[1], ymin=[2], xmax=[30], ymax=[40], confidence=[0.25], name=["person"])
    assert (as_detections(yolo).xyxy.tolist(), as_detections(yolo).scores.tolist()) == ([[1, 2, 30, 40]], [0.25])
    assert len(as_detections(Table(x1=[], y1=[], x2=[], y2=[]))) == 0
    with pytest.raises(ValueError, match=r"expected a table with columns x1, y1, x2, y2.* got columns x, y, w, h"):
        as_detections(Table(x=[1], y=[2], w=[30], h=[40]))


@pytest.mark.parametrize("score", ["score", "scores", "confidence", "conf"])
@pytest.mark.parametrize("class_id", ["class_id", "class_ids", "cls", "label", "labels"])
def test_scores_and_classes_have_many_names(score: str, class_id: str) -> None:
    columns = {score: [0.9, 0.5], class_id: [0, 2]}
    corners = {name: [box[place] for box in XYXY] for place, name in enumerate(("x1", "y1", "x2", "y2"))}
    entries = [{"bbox": [0, 0, 5, 5], score: one, class_id: kind} for one, kind in zip(*columns.values(), strict=True)]
    for given in ({"boxes": XYXY, **columns}, Table(**corners, **columns), entries):
        found = as_detections(given)
        assert (found.scores.tolist(), found.class_ids.tolist()) == ([0.9, 0.5], [0, 2])


def test_two_columns_of_scores_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected one of score, .*, got score and conf"):
        as_detections({"boxes": XYXY, "score": [1, 1], "conf": [0.5, 0.5]})


def test_a_dictionary_may_have_appearance() -> None:
    found = as_detections({"boxes": XYXY, "embeddings": [[2, 0], [0, 1]]})
    assert found.embeddings is not None and found.embeddings.tolist() == [[1, 0], [0, 1]]


def test_tensors_of_a_type_that_numpy_lacks() -> None:
    torch = pytest.importorskip("torch")
    for dtype in (torch.bfloat16, torch.float16):
        assert as_detections(torch.tensor([[1, 2, 3, 4, 0.5]], dtype=dtype)).scores.tolist() == [0.5]
    boxes = torch.tensor(XYXY, dtype=torch.bfloat16)
    assert as_detections({"boxes": boxes}).xyxy.tolist() == boxes.float().tolist()


def test_unknown_types_of_detections_are_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"expected outrack.Detections.*got builtins.int"):
        as_detections(7)


def test_a_coco_result_may_have_a_name_besides_its_category() -> None:
    found = as_detections([{"bbox": [1, 2, 3, 4], "score": 0.9, "category_id": 3, "label": "car"}])
    assert found.class_ids.tolist() == [2]
    assert as_detections([{"bbox": [1, 2, 3, 4], "label": 4}]).class_ids.tolist() == [4]


def test_the_list_with_one_dictionary_of_torchvision_is_one_picture() -> None:
    found = as_detections([{"boxes": np.array([[1, 2, 30, 40]]), "scores": np.array([0.5]), "labels": np.array([3])}])
    assert (found.xyxy.tolist(), found.class_ids.tolist()) == ([[1, 2, 30, 40]], [3])
