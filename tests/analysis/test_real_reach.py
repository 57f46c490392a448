"""Reach, matrices and edits of a real feed: what single questions answer, and nothing lost.

The feed lies beside the project, in ../shared/feeds; without it these tests are skipped, but never
in CI.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mobiplan as mp
from mobiplan.timetable import storage

FEED = Path(__file__).parents[3] / "shared" / "feeds" / "sncf_tgv_20250122.zip"
START = pd.Timestamp("2025-02-04 08:00", tz="Europe/Paris")


@pytest.fixture(scope="module")
def planner() -> mp.Planner:
    if not FEED.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{FEED} is missing, and in CI it must not be")
        pytest.skip(f"{FEED} is missing: the real feeds lie beside the project")
    return mp.Planner(mp.load(FEED))


@pytest.mark.parametrize(
    "asked",
    [
        {"depart": START},
        {"arrive": START + pd.Timedelta("12 h")},
        {"depart": START, "window": "4 h"},
        {"depart": START, "needs": mp.Needs(max_wait="40 min")},
    ],
    ids=lambda asked: " ".join(asked),
)
def test_random_cells(planner: mp.Planner, asked: dict[str, Any]) -> None:
    rng = np.random.default_rng(8)
    ids = sorted(planner.timetable.stations.id)
    here, others = "Rennes", rng.choice(ids, 25, replace=False).tolist()
    towards = "arrive" in asked
    ends = (others, [here]) if towards else ([here], others)
    table = planner.matrix(*ends, **asked, within="15 h", values=["travel_time", "transfers"])
    reach = planner.reach(here, "15 h", **asked).to_frame().set_index("id")
    reached = 0
    for other, cell in zip(others, table.itertuples(), strict=True):
        if towards:
            found = list(planner.latest_departure(other, here, **asked))
        elif "window" in asked:
            found = sorted(
                planner.profile(here, other, **asked), key=lambda j: (j.duration, j.transfers)
            )
        else:
            found = list(planner.earliest_arrival(here, other, **asked))
        lasts = None
        if found:
            best = found[0]
            lasts = best.arrival - START if "depart" in asked else asked["arrive"] - best.departure
            lasts = best.duration if "window" in asked else lasts
        if lasts is None or lasts > pd.Timedelta("15 h"):
            assert other not in reach.index and pd.isna(cell.travel_time)
            continue
        reached += 1
        row = reach.loc[other]
        assert cell.travel_time == row["travel_time"] == lasts, other
        assert cell.transfers == row["transfers"] == best.transfers, other
    assert reached > 10


def test_removing_and_adding_a_brand_is_identity(planner: mp.Planner) -> None:
    before = planner.timetable
    edit = before.edit()
    trips = edit.trips(brands="OUIGO")
    after = edit.remove(brands="OUIGO").add(*trips).apply()
    assert len(trips) > 20
    mine, theirs = (dict(storage._arrays_of(timetable)) for timetable in (before, after))
    for name in mine:
        if name not in ("active", "trips.service"):
            np.testing.assert_array_equal(mine[name], theirs[name], err_msg=name)
    runs = before.active[before.trips.service] == after.active[after.trips.service]
    assert runs.all()
