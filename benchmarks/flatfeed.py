"""Two days of a timetable as the simplest GTFS feed: what the peers are given.

One stop for each station, one trip for each run, one service that runs on one day; the second
day's trains leave at 24:00 or later. What no router needs to guess at (service days, parents,
both nights) is gone, and what is asked of all is the same: 300 s in every station.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import numpy as np
from reference import CHANGE_S
from rows import DAYS

import mobiplan as mp
from mobiplan import times
from mobiplan.timetable.graph import DEPARTURE, RUN


def write(timetable: mp.Timetable, date: dt.date, folder: Path) -> None:
    """Write the connections that the reference has, run by run: tables, and feed.zip of them."""
    import pandas as pd

    graph = mp.Planner(timetable).graph(date, DAYS)
    tz = times.zone(timetable.timezones[0])
    begin = times.calendar_day(date, tz)[0] - graph.epoch
    end = times.calendar_day(date + dt.timedelta(days=DAYS), tz)[0] - graph.epoch
    connections, calls = graph.connections, timetable.calls
    rows = connections.rows[connections.position]  # by slot: run by run, in riding order
    kept = (rows[:, DEPARTURE] >= begin) & (rows[:, DEPARTURE] < end)
    rows = rows[kept]
    run, call = rows[:, RUN], timetable.hops.call[connections.hop[connections.position[kept]]]
    starts = np.r_[True, run[1:] != run[:-1]]
    ends = np.r_[starts[1:], True]

    # A call for each departure, and one more where a run ends.
    left = pd.DataFrame(
        {
            "order": 2 * np.arange(len(run)),
            "trip": run,
            "call": call,
            "departure": rows[:, 0] - begin,
            "arrival": np.where(starts, rows[:, 0] - begin, np.roll(rows[:, 1], 1) - begin),
            "pickup_type": calls.pickup[call],
            "drop_off_type": np.where(starts, 1, calls.drop_off[call]),
        }
    )
    last = pd.DataFrame(
        {
            "order": 2 * np.flatnonzero(ends) + 1,
            "trip": run[ends],
            "call": call[ends] + 1,
            "departure": rows[ends, 1] - begin,
            "arrival": rows[ends, 1] - begin,
            "pickup_type": 1,
            "drop_off_type": calls.drop_off[call[ends] + 1],
        }
    )
    both = pd.concat([left, last]).sort_values("order")
    stop = timetable.stops.station[calls.stop[both["call"]]]
    stop_times = pd.DataFrame(
        {
            "trip_id": "t" + both["trip"].astype(str).to_numpy(),
            "arrival_time": _clock(both["arrival"].to_numpy()),
            "departure_time": _clock(both["departure"].to_numpy()),
            "stop_id": [f"s{row}" for row in stop],
            "stop_sequence": both.groupby("trip").cumcount().to_numpy(),
            "pickup_type": both["pickup_type"].to_numpy(),
            "drop_off_type": both["drop_off_type"].to_numpy(),
        }
    )
    trip = run[starts]
    route = timetable.trips.route[connections.run_trip[trip]]
    stations = timetable.stations
    number = range(len(stations.lat))
    day = f"{date:%Y%m%d}"
    tables = {
        "agency": pd.DataFrame(
            {
                "agency_id": ["a"],
                "agency_name": ["all"],
                "agency_url": ["http://localhost"],
                "agency_timezone": [timetable.timezones[0]],
            }
        ),
        "routes": pd.DataFrame({"route_id": [f"r{row}" for row in np.unique(route)]}).assign(
            agency_id="a", route_short_name="", route_long_name="", route_type=2
        ),
        "calendar": pd.DataFrame({"service_id": ["d"]}).assign(
            **dict.fromkeys("monday tuesday wednesday thursday friday saturday sunday".split(), 1),
            start_date=day,
            end_date=day,
        ),
        "stops": pd.DataFrame(
            {
                "stop_id": [f"s{row}" for row in number],
                "stop_name": [f"station {row}" for row in number],
                "stop_lat": np.nan_to_num(stations.lat),
                "stop_lon": np.nan_to_num(stations.lon),
            }
        ),
        "transfers": pd.DataFrame({"from_stop_id": [f"s{row}" for row in number]}).assign(
            to_stop_id=lambda table: table["from_stop_id"],
            transfer_type=2,
            min_transfer_time=CHANGE_S,
        ),
        "trips": pd.DataFrame(
            {"route_id": [f"r{row}" for row in route], "trip_id": [f"t{row}" for row in trip]}
        ).assign(service_id="d"),
        "stop_times": stop_times,
    }
    with zipfile.ZipFile(folder / "feed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.txt", index=False)
            archive.write(folder / f"{name}.txt", f"{name}.txt")


def _clock(seconds: np.ndarray) -> list[str]:
    return [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in seconds.tolist()]
