"""Needs and travellers as hypothesis draws them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from mobiplan.errors import InvalidQuery
from mobiplan.gtfs.kinds import KINDS
from mobiplan.traveller.limits import POLICIES, Via
from mobiplan.traveller.needs import Needs
from mobiplan.traveller.preferences import FEATURES, is_known
from mobiplan.traveller.selection import SELECTABLE
from mobiplan.traveller.traveller import Traveller

NAMES = ["Rennes", "Grenoble", "Lyon Part Dieu", "2573", "OUIGO", "C1"]


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


seconds = st.integers(0, 200_000).map(lambda s: dt.timedelta(seconds=s))
times = st.integers(0, 86_399).map(
    lambda s: dt.time(s // 3600, s // 60 % 60, s % 60 if s % 3 else 0)
)
positive = st.floats(1e-3, 20, allow_nan=False)


@st.composite
def selections(draw: st.DrawFn) -> dict[str, list[str]]:
    kinds = draw(st.lists(st.sampled_from(list(SELECTABLE)), max_size=3, unique=True))
    return {
        kind: draw(
            st.lists(st.sampled_from(KINDS if kind == "modes" else NAMES), min_size=1, max_size=3)
        )
        for kind in kinds
    }


places = st.sampled_from(NAMES) | st.tuples(st.floats(-90, 90), st.floats(-180, 180))
vias = st.lists(places | st.builds(Via, places, seconds), max_size=3)


@st.composite
def needs(draw: st.DrawFn) -> Needs:
    fields = {
        "max_transfers": optional(st.integers(0, 9)),
        "max_walking": optional(seconds),
        "max_wait": optional(seconds),
        "max_night_wait": optional(seconds),
        "max_duration": optional(seconds),
        "max_price": optional(st.floats(0, 1e6)),
        "extra_transfer_time": optional(seconds),
        "transfer_time_factor": optional(st.floats(1, 10)),
        "pace": optional(positive),
        "avoid": optional(selections()),
        "only": optional(selections()),
        "via": optional(vias),
        "not_before": optional(times),
        "not_after": optional(times),
        "step_free": optional(st.sampled_from(POLICIES)),
        "bicycle": optional(st.sampled_from(POLICIES)),
    }
    chosen = draw(st.lists(st.sampled_from(list(fields)), max_size=6, unique=True))
    try:
        return Needs(**{name: draw(fields[name]) for name in chosen})
    except InvalidQuery:  # drawn contradictions are tested by name below
        assume(False)
        raise


weights = st.floats(0, 1e6) | st.integers(0, 100).map(float) | st.floats(0, 1e-6)
own_names = (
    st.text(min_size=1, max_size=8)
    .filter(lambda name: name.strip() and name[0] != "_" and not is_known(name))
    .filter(lambda name: name not in "own situation option chosen context weight".split())
)


@st.composite
def travellers(draw: st.DrawFn) -> Traveller:
    said: dict[str, Any] = draw(st.dictionaries(st.sampled_from(list(FEATURES)), weights))
    kinds = draw(st.dictionaries(st.sampled_from(KINDS), weights, max_size=3))
    if kinds:
        said["riding"] = {"ordinary": said.get("riding", 1), **kinds}
    if draw(st.booleans()):
        said["short_transfer"] = draw(st.dictionaries(st.integers(1, 60), weights, max_size=3))
    who = Traveller(
        name=draw(st.text(max_size=10)),
        needs=draw(needs()),
        class_=draw(st.sampled_from([1, 2])),
        age=draw(optional(st.integers(0, 130))),
        cards=draw(st.sampled_from([[], ["avantage jeune"]])),
        luggage=draw(st.booleans()),
        price=draw(st.sampled_from(["low", "middle", "high"])),
        own=draw(st.dictionaries(own_names, weights, max_size=2)),
        **said,
    )
    return draw(st.sampled_from([who, Traveller.from_weights(who.weights, name=who.name)]))
