"""Refinding by the graph similarity model (GSM)."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from outrack.tracking.gsm import Graphs, People, refind_by_graphs
from outrack.tracking.refinders.base import Indices, Memory, Situation
from outrack.tracking.refinding import Refound
from outrack.tracking.tracklets import LOST, TRACKED

__all__ = ["GraphRefinder"]


class GraphRefinder:
    """See `outrack.tracking.gsm`. It remembers who stood around each track.

    Args:
        limit: highest 1 - similarity of two graphs.
        sigma: width of the Gaussian that compares where a neighbour stood with where one stands.
    """

    def __init__(self, *, limit: float, sigma: float) -> None:
        self.limit, self.sigma = limit, sigma
        self._graphs = Graphs.empty()

    def candidates(self, situation: Situation) -> Indices:
        """All lost tracks, as long as they are kept."""
        return np.flatnonzero(situation.tracklets.status == LOST)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Boxes where the neighbours expect them.

        The motion model is left alone, as in OUTrack: correcting it costs a point of HOTA on MOT17.
        """
        remembered = self._graphs.of_tracks(situation.tracklets.ids[lost])
        return refind_by_graphs(remembered, _people(situation), limit=self.limit, sigma=self.sigma)

    def remember(self, situation: Situation) -> None:
        """Who stands around whom now, and who stood around the lost ones."""
        tracklets = situation.tracklets
        self._graphs = self._graphs.renewed(_people(situation), tracklets.ids[tracklets.status == LOST])

    def memory(self) -> Memory:
        """The graphs."""
        return {f"graph_{field.name}": getattr(self._graphs, field.name) for field in fields(Graphs)}

    def restore(self, memory: Memory) -> None:
        """As `memory` gave it."""
        self._graphs = Graphs(*(memory[f"graph_{field.name}"] for field in fields(Graphs)))


def _people(situation: Situation) -> People:
    """Who is detected in this frame."""
    tracklets = situation.tracklets
    rows = np.flatnonzero(tracklets.status == TRACKED)
    return People(tracklets.ids[rows], situation.boxes[rows], tracklets.embeddings[rows])
