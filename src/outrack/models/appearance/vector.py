"""The appearance vector of the CPU networks: what its numbers are, and which lengths it may have."""

from __future__ import annotations

from outrack.models.appearance.body import BODY
from outrack.models.appearance.branch import EMBEDDING_CHANNELS
from outrack.models.appearance.colour_counts import NUM_COLOURS

__all__ = ["LEARNED_DIM", "WHOLE_DIM", "check_embedding_dim"]

PARTS = len(BODY.points)
LEARNED_DIM = EMBEDDING_CHANNELS * PARTS
"""Numbers that are learned."""
WHOLE_DIM = LEARNED_DIM + NUM_COLOURS * PARTS
"""Numbers with the colour histograms beside what was learned."""


def check_embedding_dim(embedding_dim: int) -> None:
    """Refuse a length that the parts of the body cannot share.

    Raises:
        ValueError: it is neither `LEARNED_DIM` nor `WHOLE_DIM`.
    """
    if embedding_dim not in (LEARNED_DIM, WHOLE_DIM):
        raise ValueError(
            f"expected {LEARNED_DIM} embedding channels, {EMBEDDING_CHANNELS} for each of {PARTS} parts of the "
            f"body, or {WHOLE_DIM}, {NUM_COLOURS} colours more for each; got {embedding_dim}"
        )
