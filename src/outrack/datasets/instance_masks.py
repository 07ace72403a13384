"""Penn-Fudan and other folders of stills with instance masks: mask value 0 is background, each other value a person."""

from __future__ import annotations

from pathlib import Path

from outrack.annotation import AnnotatedImage, Annotation
from outrack.datasets.cleaning import drop_unusable_boxes
from outrack.io.masks import boxes_of_mask, read_instance_mask
from outrack.io.pictures import is_picture

__all__ = ["read_instance_masks"]


def read_instance_masks(folder: Path) -> list[AnnotatedImage]:
    """Stills of `folder/images` with a mask `NAME.png` or `NAME_mask.png` each in `folder/masks`.

    The boxes contain the visible part of each person, not the whole body.

    Raises:
        FileNotFoundError: there are no images, or an image has no mask.
        ValueError: a mask has several channels.
    """
    paths = sorted(p for p in (folder / "images").glob("*") if is_picture(p))
    if not paths:
        raise FileNotFoundError(f"{folder / 'images'}: it contains no images")
    images = []
    for path in paths:
        candidates = [folder / "masks" / f"{path.stem}{ending}.png" for ending in ("_mask", "")]
        mask_path = next((candidate for candidate in candidates if candidate.is_file()), None)
        if mask_path is None:
            raise FileNotFoundError(f"{path}: no mask; looked for {' and '.join(map(str, candidates))}")
        mask = read_instance_mask(mask_path)
        images.append(AnnotatedImage(path, mask.shape[1], mask.shape[0], Annotation.of_people(boxes_of_mask(mask))))
    return drop_unusable_boxes(images, folder)
