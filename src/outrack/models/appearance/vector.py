"""The appearance vector of the CPU networks: its parts and possible lengths."""

from __future__ import annotations

from outrack.models.appearance.body import BODY
from outrack.models.appearance.branch import EMBEDDING_CHANNELS
from outrack.models.appearance.colour_counts import NUM_COLOURS

__all__ = ["LEARNED_DIM", "WHOLE_DIM", "check_embedding_dim"]

PARTS = len(BODY.points)
LEARNED_DIM = EMBEDDING_CHANNELS * PARTS
"""Length of the learned part."""
WHOLE_DIM = LEARNED_DIM + NUM_COLOURS * PARTS
"""Length with colour histograms appended."""


def check_embedding_dim(embedding_dim: int) -> None:
    """Refuse a length that cannot be divided among the body parts.

    Raises:
        ValueError: it is neither `LEARNED_DIM` nor `WHOLE_DIM`.
    """
    if embedding_dim not in (LEARNED_DIM, WHOLE_DIM):
        raise ValueError(
            f"expected {LEARNED_DIM} embedding channels, {EMBEDDING_CHANNELS} for each of {PARTS} body parts, or "
            f"{WHOLE_DIM}, with {NUM_COLOURS} colours more for each; got {embedding_dim}"
        )
