"""Which feeds are measured, and where they lie."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

SHARED = Path(os.environ.get("MOBIPLAN_SHARED", Path(__file__).parents[2] / "shared"))

NATIONAL = ("sncf_tgv_20250122", "sncf_ter_20250122")
NATIONAL_DATE = dt.date(2025, 2, 4)  # a Tuesday without holidays
METRO = ("fr_ratp_metro_2019-02",)

PASSENGERS = SHARED / "opendata" / "frequentation-gares.csv"


def paths(names: tuple[str, ...] = NATIONAL) -> list[str]:
    """Return the zips, or say how to get them."""
    found = [SHARED / "feeds" / f"{name}.zip" for name in names]
    for path in found:
        if not path.is_file():
            raise SystemExit(
                f"{path} is missing: put the feeds there, or name the folder above in "
                "MOBIPLAN_SHARED (benchmarks/README.md says where they come from)"
            )
    return [str(path) for path in found]
