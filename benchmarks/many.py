"""Many questions at once, through the calls that a user makes: a day's reach, matrices, people."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import feeds
import numpy as np
import table

import mobiplan as mp

N_PEOPLE = 200
N_PAIRS = 25, 40  # origins, destinations
SEED = 20250204


def measure(share: float = 1.0, passes: int = 3) -> list[table.Row]:
    """Measure on the national feed; of the origins of the personal matrix a share is asked."""
    planner, date = mp.Planner(mp.load(feeds.NATIONAL.paths())), feeds.NATIONAL.date
    rng = np.random.default_rng(SEED)
    rows = []
    seconds, reach = _best(lambda: planner.reach("Rennes", "5 h", date=date), passes)
    what = f"a day's reach from Rennes, 5 h: {len(reach):,} stations"
    rows.append(table.Row.bounded(what, seconds, f"{seconds:.2f} s", 2, "s"))

    morning = f"{date} 08:00"
    plain, _ = _best(lambda: planner.travel_times(depart=morning, days=2, threads=2), passes)
    through, _ = _best(
        lambda: planner.matrix(values="travel_time", depart=morning, days=2, threads=2), passes
    )
    text = f"{through:.2f} s, {through / plain:.2f} times"
    what = "all stations to all by `matrix`, beside `travel_times`"
    rows.append(table.Row.bounded(what, through / plain, text, 1.3, "times"))

    stations = planner.timetable.stations
    busy = [stations.id[row] for row in np.argsort(-stations.departures)[:600].tolist()]
    origins, destinations = (rng.choice(busy, n, replace=False).tolist() for n in N_PAIRS)
    asked = origins[: max(round(share * len(origins)), 1)]
    people = some_people(rng)
    planner.matrix(asked[:1], destinations[:1], depart=morning, travellers=people[:2], days=2)
    seconds, _ = _best(
        lambda: planner.matrix(
            asked, destinations, depart=morning, travellers=people, days=2, threads=2,
            values=["travel_time", "transfers", "price", "co2", "cost"],
        ),
        1,
    )  # fmt: skip
    seconds *= len(origins) / len(asked)
    n = N_PAIRS[0] * N_PAIRS[1]
    what = f"{n:,} pairs × {N_PEOPLE} travellers, 2 threads"
    rows.append(table.Row.bounded(what, seconds, f"{seconds:.0f} s", 180, "s"))
    return rows


def some_people(rng: np.random.Generator) -> Sequence[mp.Traveller]:
    """Return travellers who differ in what time, changes, waiting and walking are worth to them."""
    return [
        mp.Traveller(
            euros_per_hour=float(rng.uniform(3, 60)),
            transfer=f"{rng.integers(2, 40)} min",
            waiting=float(rng.uniform(0.8, 3)),
            walking=float(rng.uniform(1, 3)),
        )
        for _ in range(N_PEOPLE)
    ]


def _best(call: Callable[[], object], passes: int) -> tuple[float, object]:
    """Return the best seconds of some calls, the first of several not counted, and an answer."""
    seconds, answer = [], None
    for _ in range(passes):
        began = time.perf_counter()
        answer = call()
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:] or seconds), answer
