"""Converts detections of other libraries to `Detections`. None of these libraries is imported here."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from outrack.structures.detections import Detections

if TYPE_CHECKING:
    import supervision

__all__ = ["as_detections", "is_supervision"]

ADVICE = (
    "expected outrack.Detections(xyxy=boxes, scores=scores), supervision.Detections, Results of Ultralytics, a list of "
    'COCO results {"bbox": [x, y, w, h], "score": ..., "category_id": ...}, a dictionary of "boxes", "scores" and '
    '"labels", or an array of boxes (N, 4): x1, y1, x2, y2, with the score as a fifth and the class as a sixth column'
)

_CORNERS = (("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"))
_SCORES = ("score", "scores", "confidence", "confidences", "conf")
_CLASSES = ("class_id", "class_ids", "class", "cls", "label", "labels")
"""Names of the columns of tables, and of the entries of dictionaries."""


def as_detections(given: object) -> Detections:
    """Convert the detections of any library. This is the only place where they are converted.

    Args:
        given: one of

            * `Detections`, which are returned unchanged;
            * `supervision.Detections`;
            * an object with `boxes` that has `xyxy`, `conf` and `cls`, such as Results of Ultralytics, or a list of
              one;
            * a list of COCO results, `bbox` as left, top, width, height; category 1, a person, becomes class 0;
            * a dictionary with `boxes` (N, 4) as corners, and optionally `scores`, `labels` and `embeddings`, as in
              torchvision and transformers; `labels` are class ids. `confidence`, `conf`, `class_ids`, `cls` and so on
              mean the same;
            * a table with named columns, such as a pandas DataFrame: x1, y1, x2, y2 or xmin, ymin, xmax, ymax, and
              optionally score or confidence, and class_id or class;
            * an array or nested list (N, 4), (N, 5) or (N, 6): corners, score (default 1), class (default 0).

            Arrays may be tensors on any device.

    Raises:
        TypeError: it is none of these.
        ValueError: it is malformed: another shape, a value that is not finite, a class that is not a whole number.
    """
    if isinstance(given, Detections):
        return given
    if is_supervision(given):
        return Detections.from_supervision(given)
    if isinstance(given, list | tuple) and len(given) == 1 and hasattr(given[0], "boxes"):
        return as_detections(given[0])  # a list with the results of one picture
    if hasattr(given, "boxes"):
        return _of_results(given)
    if any(isinstance(name, str) for name in getattr(given, "columns", ())):
        return _of_table(given)
    if isinstance(given, Mapping):
        return _of_mapping(given)
    if isinstance(given, list | tuple) and given and all(isinstance(entry, Mapping) for entry in given):
        if len(given) == 1 and "boxes" in given[0]:
            return _of_mapping(given[0])  # torchvision's list with the dictionary of one picture
        return _of_coco(given)
    if isinstance(given, list | tuple | np.ndarray) or hasattr(given, "__array__"):
        try:
            boxes = np.asarray(_numpy(given), np.float64)
        except (TypeError, ValueError) as error:  # rows of several lengths, or text
            raise ValueError(f"{ADVICE}; got something that is not an array of numbers ({error})") from error
        return _of_array(boxes)
    kind = type(given)
    hint = ". For a frame without objects give an empty list" if given is None else ""
    raise TypeError(f"{ADVICE}; got {kind.__module__}.{kind.__qualname__}{hint}")


def is_supervision(given: object) -> TypeGuard[supervision.Detections]:
    """Whether these are `supervision.Detections`; the caller has then imported supervision."""
    module = sys.modules.get("supervision")
    return module is not None and isinstance(given, module.Detections)


def _of_results(results: Any) -> Detections:
    boxes = results.boxes
    if boxes is None or not hasattr(boxes, "xyxy"):
        raise ValueError(
            "these results have no boxes (xyxy); is this a network for classification, or for rotated boxes?"
        )
    xyxy = _numpy(boxes.xyxy)
    scores, classes = getattr(boxes, "conf", None), getattr(boxes, "cls", None)
    return _of_parts(xyxy, scores, classes)


def _of_mapping(found: Mapping[Any, Any]) -> Detections:
    if "boxes" not in found:
        raise ValueError(f"{ADVICE}; got a dictionary of {', '.join(map(str, found)) or 'nothing'}")
    score, class_id = _name_of(found, _SCORES), _name_of(found, _CLASSES)
    scores, classes = (None if name is None else found[name] for name in (score, class_id))
    return _of_parts(_numpy(found["boxes"]), scores, classes, found.get("embeddings"))


def _name_of(names: Iterable[Any], known: Sequence[str]) -> str | None:
    """The one of the known names that is used.

    Raises:
        ValueError: several are: it is not clear which counts.
    """
    there = set(names)
    used = [name for name in known if name in there]
    if len(used) > 1:
        raise ValueError(f"expected one of {', '.join(known)}, got {' and '.join(used)}")
    return used[0] if used else None


def _of_parts(xyxy: Any, scores: Any, classes: Any, embeddings: Any = None) -> Detections:
    n = len(xyxy)
    return Detections(
        xyxy,
        np.ones(n) if scores is None else _numpy(scores),
        None if classes is None else _numpy(classes),
        None if embeddings is None else _numpy(embeddings),
    )


def _of_table(table: Any) -> Detections:
    """Columns are found by name: their order says nothing, and width and height would be taken for a corner."""
    names = list(table.columns)
    corners = next((corners for corners in _CORNERS if set(corners) <= set(names)), None)
    if corners is None:
        raise ValueError(
            "expected a table with columns x1, y1, x2, y2, and optionally score and class_id, got columns "
            f"{', '.join(map(str, names))}"
        )
    score, class_id = _name_of(names, _SCORES), _name_of(names, _CLASSES)
    return _of_parts(
        np.column_stack([np.asarray(table[name], np.float64) for name in corners]),
        None if score is None else np.asarray(table[score], np.float64),
        None if class_id is None else np.asarray(table[class_id]),
    )


def _of_coco(entries: Sequence[Mapping[str, Any]]) -> Detections:
    boxes, scores, classes = [], [], []
    for number, entry in enumerate(entries):
        try:
            x, y, w, h = map(float, entry["bbox"])
            name, other = _name_of(entry, _SCORES), _name_of(entry, _CLASSES)
            scores.append(1.0 if name is None else float(entry[name]))
            if "category_id" in entry:
                category = int(entry["category_id"])
            else:
                category = 1 if other is None else int(entry[other]) + 1
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"detection {number}: expected a bbox of 4 numbers, score and category_id: {error!r}"
            ) from error
        if category < 1:
            raise ValueError(f"detection {number}: COCO's categories count from 1, a person; got {category}")
        boxes.append((x, y, x + w, y + h))
        classes.append(category - 1)
    return Detections(boxes, scores, classes)


def _of_array(boxes: NDArray[np.float64]) -> Detections:
    if boxes.size == 0:
        return Detections.empty()
    if boxes.ndim != 2 or boxes.shape[1] not in (4, 5, 6):
        raise ValueError(f"{ADVICE}; got an array of shape {boxes.shape}")
    scores = boxes[:, 4] if boxes.shape[1] > 4 else np.ones(len(boxes))
    classes = boxes[:, 5] if boxes.shape[1] > 5 else np.zeros(len(boxes))
    if (classes % 1 != 0).any():
        raise ValueError(f"the sixth column is the class, a whole number; got {classes[classes % 1 != 0][0]:g}")
    return Detections(boxes[:, :4], scores, classes.astype(np.int64))


def _numpy(values: Any) -> Any:
    """An array from any device, for NumPy."""
    if hasattr(values, "detach"):
        values = values.detach()
    if not hasattr(values, "cpu"):
        return values
    try:
        return values.cpu().numpy()
    except TypeError:  # bfloat16, which NumPy does not have
        return values.cpu().float().numpy()
