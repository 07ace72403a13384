"""Image pairs of a step: positives, negatives, and the mixture of sources (notes#utrack,
notes#input-and-augmentation).

Nothing here has state. What is drawn depends only on the seed, the step and the position in the batch, so a resumed
run, or one with more workers, sees the same images.
"""

from __future__ import annotations

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from outrack.datasets import AnnotatedImage, LabelledImage

__all__ = ["ImagePairs", "Mixture", "Pair", "PairSource", "generator"]

logger = logging.getLogger(__name__)


class Pair(NamedTuple):
    """Two images as they are stored, before augmentation.

    Attributes:
        current: the image that was drawn.
        previous: its partner.
        negative: they show different scenes, so no person is in both.
    """

    current: LabelledImage
    previous: LabelledImage
    negative: bool


class PairSource(Protocol):
    """Where pairs come from."""

    def __len__(self) -> int:
        """Number of pairs in an epoch of this source."""

    def pair(self, index: int, rng: np.random.Generator) -> tuple[LabelledImage, LabelledImage]:
        """Pair number `index` of 0..len-1: an image and a partner that shows the same scene."""

    def scene(self, index: int) -> str:
        """Name of the scene of pair number `index`; images of different scenes show different people."""


def generator(seed: int, *counter: int) -> np.random.Generator:
    """A random generator that depends only on the seed and up to three counters, not on earlier draws."""
    words = np.zeros(4, np.uint64)
    # Philox counts up the lowest word itself, so the caller's counters start at the next.
    words[1 : 1 + len(counter)] = counter
    return np.random.Generator(np.random.Philox(key=seed, counter=words))


class ImagePairs:
    """Frames of videos with a partner near in time, and stills with themselves.

    Args:
        images: annotated images of videos and stills, in any order.
        window: frames of a video within this distance are partners, paper Sec. 4.2: 10 on each side.
        itself: a frame may be its own partner, too (CenterTrack).
    """

    def __init__(self, images: Sequence[AnnotatedImage], *, window: int = 10, itself: bool = False) -> None:
        if window < 1:
            raise ValueError(f"window: expected 1 frame or more, got {window}")
        self._images = sorted(images, key=lambda image: (image.video or "", image.frame, str(image.path)))
        self._window, self._itself = window, itself
        videos: dict[str, list[tuple[int, int]]] = {}
        for row, image in enumerate(self._images):
            if image.video is not None:
                videos.setdefault(image.video, []).append((image.frame, row))
        self._videos = videos

    def __len__(self) -> int:
        return len(self._images)

    def scene(self, index: int) -> str:
        image = self._images[index]
        return image.video or str(image.path)

    def pair(self, index: int, rng: np.random.Generator) -> tuple[LabelledImage, LabelledImage]:
        image = self._images[index]
        current = image.read()
        partner = self._partner(index, rng)
        return current, current if partner == index else self._images[partner].read()

    def _partner(self, index: int, rng: np.random.Generator) -> int:
        """Row of a frame at most `window` away, drawn uniformly; the row itself for stills and isolated frames."""
        image = self._images[index]
        if image.video is None:
            return index
        frames = self._videos[image.video]
        low = bisect_left(frames, (image.frame - self._window, -1))
        high = bisect_right(frames, (image.frame + self._window, len(self._images)))
        near = [row for _, row in frames[low:high] if self._itself or row != index]
        return near[rng.integers(len(near))] if near else index


class Mixture:
    """Mixes sources in given shares, each drawn without repetition, with negative pairs in between.

    Without shares an epoch has a slot for every pair of every source, so that each image is seen once. With shares, the
    sources get their part of the same number of slots, and a source continues in the next epoch where it stopped.

    Args:
        sources: at least one, none of them empty.
        shares: relative weight of each source; None weights them by length.
        negative: probability of a negative pair; 0.2 is the paper's N_neg / N_pos = 0.25. If all images show one scene,
            such as one video of one's own, there are only positive pairs, and a warning says so.
        seed: seed of all random choices.

    Raises:
        ValueError: no source, an empty source, invalid shares, or `negative` is no probability below 1.
    """

    def __init__(
        self,
        sources: Sequence[PairSource],
        *,
        shares: Sequence[float] | None = None,
        negative: float = 0.2,
        seed: int = 0,
    ) -> None:
        if not sources or not all(len(source) for source in sources):
            raise ValueError(f"expected sources with images, got lengths {[len(source) for source in sources]}")
        weights = np.array([len(source) for source in sources] if shares is None else shares, np.float64)
        if len(weights) != len(sources) or (weights <= 0).any():
            raise ValueError(f"expected a positive share for each of {len(sources)} sources, got {weights.tolist()}")
        if not 0 <= negative < 1:
            raise ValueError(f"negative: expected a probability below 1, got {negative}")
        if negative and not _show_two_scenes(sources):
            logger.warning(
                "negative pairs need two scenes, but all images show %s: all pairs are positive. Add another video or "
                "pictures, or set data.negative to 0",
                sources[0].scene(0),
            )
            negative = 0.0
        self._sources = list(sources)
        self._negative = negative
        self._seed = seed
        slots = sum(len(source) for source in sources)
        self._slots = np.maximum(np.round(slots * weights / weights.sum()), 1).astype(np.int64)
        self._ends = np.cumsum(self._slots)

    def __len__(self) -> int:
        """Pairs in an epoch."""
        return int(self._ends[-1])

    def pair_at(self, draw: int) -> Pair:
        """The pair at position `draw` of the run, counted from 0 over all steps and processes."""
        rng = generator(self._seed, 0, draw)
        source, index = self._place(draw)
        current, previous = self._sources[source].pair(index, rng)
        if rng.random() < self._negative:
            other = self._other_scene(source, index, rng)
            if other is not None:
                return Pair(current, other, negative=True)
        return Pair(current, previous, negative=False)

    def _place(self, draw: int) -> tuple[int, int]:
        """Source and index of the pair at position `draw`."""
        epoch, position = divmod(draw, len(self))
        slot = int(_order(self._seed, 1, epoch, len(self))[position])
        source = int(np.searchsorted(self._ends, slot, side="right"))
        in_epoch = slot - int(self._ends[source] - self._slots[source])
        lap, turn = divmod(epoch * int(self._slots[source]) + in_epoch, len(self._sources[source]))
        return source, int(_order(self._seed, 2 + source, lap, len(self._sources[source]))[turn])

    def _other_scene(self, source: int, index: int, rng: np.random.Generator) -> LabelledImage | None:
        """An image of another scene, from any source; None if 20 draws found none (nearly all images show this one)."""
        here = (source, self._sources[source].scene(index))
        shares = self._slots / self._slots.sum()
        for _ in range(20):
            drawn = int(rng.choice(len(self._sources), p=shares))
            row = int(rng.integers(len(self._sources[drawn])))
            if (drawn, self._sources[drawn].scene(row)) != here:
                return self._sources[drawn].pair(row, rng)[0]
        return None


def _show_two_scenes(sources: Sequence[PairSource]) -> bool:
    """Whether any two images show different scenes; those of two sources do."""
    first = sources[0].scene(0)
    return len(sources) > 1 or any(sources[0].scene(index) != first for index in range(1, len(sources[0])))


@lru_cache(maxsize=64)
def _order(seed: int, stream: int, lap: int, length: int) -> tuple[int, ...]:
    """A random order of 0..length-1, always the same."""
    return tuple(generator(seed, stream, lap).permutation(length).tolist())
