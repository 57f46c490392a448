"""Which feeds are measured, and where they lie."""

from __future__ import annotations

import datetime as dt
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(os.environ.get("MOBIPLAN_SHARED", Path(__file__).parents[2] / "shared"))
PASSENGERS = SHARED / "opendata" / "frequentation-gares.csv"


@dataclass(frozen=True)
class FeedSet:
    """Feeds that make one timetable, and the day that is asked about."""

    title: str
    names: tuple[str, ...]
    date: dt.date  # a Tuesday without holidays

    def paths(self) -> list[str]:
        """Return the zips, or say how to get them."""
        found = [SHARED / "feeds" / f"{name}.zip" for name in self.names]
        for path in found:
            if not path.is_file():
                raise SystemExit(
                    f"{path} is missing: put the feeds there, or name the folder above in "
                    "MOBIPLAN_SHARED (benchmarks/README.md says where they come from)"
                )
        return [str(path) for path in found]

    @property
    def present(self) -> bool:
        return all((SHARED / "feeds" / f"{name}.zip").is_file() for name in self.names)


NATIONAL = FeedSet(
    "national 2025-01", ("sncf_tgv_20250122", "sncf_ter_20250122"), dt.date(2025, 2, 4)
)
TER = FeedSet("TER 2025-01", ("sncf_ter_20250122",), NATIONAL.date)
WITH_TRANSILIEN = FeedSet(
    "national with Transilien 2021-03",
    (
        "sncf_tgv_20210309",
        "sncf_ter_20210309",
        "sncf_intercites_20210309",
        "sncf_transilien_lines_20210309",
    ),
    dt.date(2021, 3, 16),
)
METRO = FeedSet("metro of Paris 2019-02", ("fr_ratp_metro_2019-02",), dt.date(2019, 2, 12))

BRITTANY = (-5.2, 47.2, -1.3, 48.9)  # degrees west, south, east, north


def cut(feed: FeedSet, box: tuple[float, float, float, float], folder: Path) -> Path:
    """Write the trips of a feed that call nowhere outside `box`, with what they need, to `folder`.

    Routes, services and stops that no trip is left for stay: they cost a few rows.
    """
    import pandas as pd

    (path,) = feed.paths()
    west, south, east, north = box
    folder.mkdir(parents=True)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    stops = pd.read_csv(folder / "stops.txt", dtype=str)
    lon, lat = stops["stop_lon"].astype(float), stops["stop_lat"].astype(float)
    inside = stops["stop_id"][lon.between(west, east) & lat.between(south, north)]
    calls = pd.read_csv(folder / "stop_times.txt", dtype=str)
    leaves = calls["trip_id"][~calls["stop_id"].isin(inside)].unique()
    trips = pd.read_csv(folder / "trips.txt", dtype=str)
    for table, name in ((calls, "stop_times.txt"), (trips, "trips.txt")):
        table[~table["trip_id"].isin(leaves)].to_csv(folder / name, index=False)
    return folder
