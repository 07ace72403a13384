"""Learned balance of detection against Re-ID (homoscedastic uncertainty, as in FairMOT)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["LearnedTaskWeights"]


class LearnedTaskWeights(nn.Module):
    """0.5 * (exp(-s_det) L_det + exp(-s_id) L_id + s_det + s_id) with two learned scalars.

    They start at FairMOT's values and are trained with the network's own optimiser. The total may become negative: that
    is not an error.
    """

    def __init__(self, *, s_det: float = -1.85, s_id: float = -1.05) -> None:
        super().__init__()
        self.s_det = nn.Parameter(torch.tensor(s_det))
        self.s_id = nn.Parameter(torch.tensor(s_id))

    def forward(self, detection: Tensor, identity: Tensor) -> Tensor:
        """Total of the two scalar losses."""
        weighted = torch.exp(-self.s_det) * detection + torch.exp(-self.s_id) * identity
        return 0.5 * (weighted + self.s_det + self.s_id)
