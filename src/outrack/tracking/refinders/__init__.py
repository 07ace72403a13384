"""Lost object refinding (paper Sec. 3.2.2): rules that recover the boxes of lost tracks.

Each file contains one rule: its settings, a pure function of boxes and points, and the `Refinder` that calls it.
`choice.py` lists the rules.
"""

from __future__ import annotations

from outrack.tracking.refinders.base import Refinder, Refound, Situation
from outrack.tracking.refinders.choice import RefindingSettings, RefindPolicy, make_refinder

__all__ = ["RefindPolicy", "Refinder", "RefindingSettings", "Refound", "Situation", "make_refinder"]
