"""What many journeys say together: reach, isochrones, matrices, scenarios compared."""

from __future__ import annotations

from mobiplan.analysis.comparing import compare
from mobiplan.analysis.reach import Reach

__all__ = ["Reach", "compare"]
