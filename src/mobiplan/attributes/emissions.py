"""`Emissions`: kilograms of CO2 equivalent per passenger, by leg and by hop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobiplan.attributes.amount import Amount, Label
from mobiplan.attributes.emission_rules import (
    ALTERNATIVES,
    CARRIERS,
    CO2_TABLE,
    INTERNATIONAL,
    PERIMETER,
    RULES,
    UNKNOWN_KG_KM,
    rule_of,
)
from mobiplan.attributes.legs import (
    Costs,
    Distances,
    Legs,
    great_circle_km,
    make_costs,
    sealed,
    trip_between,
)
from mobiplan.attributes.pairs import Found, Pairs, look_up, make_pairs
from mobiplan.attributes.places import rows_of_names, stations_by_code
from mobiplan.opendata.dataset import Source
from mobiplan.opendata.tables import OpenData
from mobiplan.timetable.arrays import Float64, Int8, Int32
from mobiplan.timetable.counting import counted
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    import pandas as pd

KG = "kg CO2e"


@dataclass(frozen=True, eq=False, repr=False)
class Emissions:
    """What a ride emits per passenger; the shapes are those of `Fares`.

    Legs take the published figure of their pair and transporter, in either direction; other legs,
    and all hops, the transporter's factor times the way. Made by `Attributes.emissions`.

    Examples
    --------
    >>> import mobiplan as mp
    >>> from mobiplan.attributes import Attributes
    >>> timetable = mp.sample()
    >>> emissions = Attributes(timetable).emissions
    >>> emissions.perimeter
    'complete life cycle'
    >>> names = timetable.stations.name
    >>> print(emissions.alternatives(names.index("Rennes"), names.index("Brest"))["car"])
    23.008 kg CO2e (modelled)
    """

    legs: Legs
    kg: Float64  # (n_legs,) NaN unknown
    label: Int8  # (n_legs,) a Label
    row: Int32  # (n_legs,) row of `table`, -1 where it is modelled
    hop_kg: Float64  # (n_hops,) 0 where the trip has legs, NaN unknown
    trip_label: Int8  # (n_trips,) of the hops; PUBLISHED where the trip has legs
    rule: Int8  # (n_trips,) place in emission_rules.RULES, -1 none
    factors: Float64  # (n_rules + 1,) kg/km; NaN for no rule
    table: pd.DataFrame | None
    source: Source  # of the table, else of the factors
    _timetable: Timetable
    _distances: Distances
    _pairs: Pairs  # of every carrier as one
    _other_kg_km: dict[str, float]

    @property
    def perimeter(self) -> str:
        """What is counted in, in words: "complete life cycle"."""
        return PERIMETER

    def costs(self) -> Costs:
        """Return one finite number for each leg and hop [kg]; boardings are 0.

        What is unknown counts as a car.
        """
        none = np.zeros(len(self._timetable.trips.route))
        return make_costs(self._timetable, self.legs, self.kg, none, self.hop_kg, UNKNOWN_KG_KM)

    def leg(self, board: int, alight: int) -> Amount:
        """Return what riding from one call of a trip to a later one emits.

        Parameters
        ----------
        board, alight : int
            Calls (rows of ``timetable.calls``) of one trip.

        Returns
        -------
        Amount
            In kg CO2e per passenger.

        Raises
        ------
        InvalidQuery
            If they are not calls of one trip, in this order.
        """
        trip = trip_between(self._timetable, board, alight)
        if self.legs.by_leg[trip]:
            leg = int(self.legs.leg_ptr[board]) + alight - board - 1
            kg, label = float(self.kg[leg]), Label(int(self.label[leg]))
        else:
            km = np.diff(self._distances.call_km[[board, alight]])[0]
            kg = float(self.factors[self.rule[trip]] * km)
            label = Label(int(self.trip_label[trip]))
        if np.isnan(kg):
            return Amount.unknown(KG)
        return Amount(kg, kg, KG, label, (self._source_of(int(self.rule[trip]), label),))

    def alternatives(self, origin: int, destination: int) -> dict[str, Amount]:
        """Return what one would emit otherwise: by car (2.2 in it), electric car, coach, plane.

        Published where the pair is, in either direction; else by the table's factors and detours.
        A flight shorter than any in the table is unknown.

        Parameters
        ----------
        origin, destination : int
            Rows of ``timetable.stations``.
        """
        one, two = (np.array([row], dtype=np.int32) for row in (origin, destination))
        found = look_up(self._pairs, np.zeros(1, dtype=np.int32), one, two)
        km = float(great_circle_km(self._timetable, one, two)[0])
        amounts = {}
        for other in ALTERNATIVES:
            kg, label = np.nan, Label(int(found.label[0]))
            if found.row[0] >= 0 and self.table is not None:
                kg = float(self.table[other.column].iloc[int(found.row[0])])
            if np.isnan(kg) and km >= other.from_km:
                kg, label = km * other.detour * self._other_kg_km[other.name], Label.MODELLED
            known = not np.isnan(kg)
            amounts[other.name] = (
                Amount(kg, kg, KG, label, (self.source,)) if known else Amount.unknown(KG)
            )
        return amounts

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything that a figure of this timetable may rest on."""
        rules = [RULES[number].source for number in sorted(set(self.rule.tolist()) - {-1})]
        return tuple(dict.fromkeys([self.source, *rules]))

    def _source_of(self, rule: int, label: Label) -> Source:
        published = label in (Label.PUBLISHED, Label.OPPOSITE) or RULES[rule].carrier
        return self.source if published else RULES[rule].source

    def __repr__(self) -> str:
        known = int((self.label <= Label.OPPOSITE).sum())
        return f"Emissions({PERIMETER}: {known:,} of {counted(len(self.label), 'leg')} published)"


def make_emissions(
    timetable: Timetable, data: OpenData | None, distances: Distances, legs: Legs
) -> Emissions:
    """Lay published emissions over a timetable, and model the rest."""
    table = data.table("emissions") if data is not None and "emissions" in data else None
    source = data.source("emissions") if data is not None and table is not None else CO2_TABLE
    n_kinds = len(timetable.kinds)
    sorts = timetable.trips.brand.astype(np.int64) * n_kinds + timetable.trips.kind
    different, of_trip = np.unique(sorts, return_inverse=True)
    rules = [
        rule_of(timetable.brands[s // n_kinds], timetable.kinds[s % n_kinds]) for s in different
    ]
    rule = np.array([number for number, _ in rules], dtype=np.int8)[of_trip]
    labels = np.array([label for _, label in rules], dtype=np.int8)[of_trip]
    factors = np.array([*(_factor(table, r.carrier, r.kg_km) for r in RULES), np.nan])

    by_hop = ~legs.by_leg
    trip = timetable.hops.trip
    hop_kg = np.where(by_hop[trip], factors[rule[trip]] * distances.hop_km, 0.0)

    of_leg = np.searchsorted(timetable.trips.call_ptr, legs.from_call, side="right") - 1
    km = distances.call_km[legs.to_call] - distances.call_km[legs.from_call]
    kg = factors[rule[of_leg]] * km
    label = np.where(np.isnan(kg), np.int8(Label.UNKNOWN), labels[of_leg])
    row = np.full(len(kg), -1, dtype=np.int32)
    own, every = _pairs(timetable, data, table)
    if table is not None:
        station = timetable.stops.station[timetable.calls.stop]
        asked = station[legs.from_call], station[legs.to_call]
        found_row, found_label = _published(own, rule[of_leg], *asked)
        known = found_row >= 0
        row[known], label[known] = found_row[known], found_label[known]
        kg[known] = table["train_kg"].to_numpy()[found_row[known]]
    return Emissions(
        legs=legs,
        kg=sealed(kg),
        label=sealed(label.astype(np.int8)),
        row=sealed(row),
        hop_kg=sealed(hop_kg),
        trip_label=sealed(np.where(by_hop, labels, np.int8(Label.PUBLISHED))),
        rule=sealed(rule),
        factors=sealed(factors),
        table=table,
        source=source,
        _timetable=timetable,
        _distances=distances,
        _pairs=every,
        _other_kg_km={
            other.name: _median(table, other.column, other.km_column, other.kg_km)
            for other in ALTERNATIVES
        },
    )


def _factor(table: pd.DataFrame | None, carrier: str, otherwise: float) -> float:
    """A transporter's kilograms per kilometre: the table's, where it has rows of it."""
    mine = None if table is None else table[table["carrier"] == carrier]
    return _median(mine, "train_kg", "rail_km", otherwise)


def _median(table: pd.DataFrame | None, kg: str, km: str, otherwise: float) -> float:
    """The median of kilograms per kilometre in a table, or another figure."""
    if table is None:
        return otherwise
    known = table[table[km].gt(0) & table[kg].notna()]
    return float((known[kg] / known[km]).median()) if len(known) else otherwise


def _pairs(
    timetable: Timetable, data: OpenData | None, table: pd.DataFrame | None
) -> tuple[Pairs, Pairs]:
    """The table's pairs, by carrier and of all carriers as one."""
    none = np.zeros(0, dtype=np.int32)
    n_stations = len(timetable.stations.lat)
    if table is None:
        empty = make_pairs(none, none, none, n_stations)
        return empty, empty
    stations = stations_by_code(timetable, data)
    origin, destination = (
        rows_of_names(
            timetable, stations, table[f"{end}_name"].tolist(), table[f"{end}_code"].tolist()
        )
        for end in ("from", "to")
    )
    carrier = np.array([_number(name) for name in table["carrier"]], dtype=np.int32)
    return (
        make_pairs(carrier, origin, destination, n_stations),
        make_pairs(np.zeros_like(carrier), origin, destination, n_stations),
    )


def _published(pairs: Pairs, rule: Int8, origin: Int32, destination: Int32) -> Found:
    """The row of the leg's own transporter, else that of trains abroad."""
    carrier = np.array([*(_number(r.carrier) for r in RULES), -1], dtype=np.int32)[rule]
    own = look_up(pairs, carrier, origin, destination)
    abroad = look_up(pairs, np.full_like(carrier, _number(INTERNATIONAL)), origin, destination)
    mine = own.row >= 0
    return Found(np.where(mine, own.row, abroad.row), np.where(mine, own.label, abroad.label))


def _number(carrier: str) -> int:
    """The place of a transporter in `CARRIERS`, -1 if it is none of them."""
    return CARRIERS.index(carrier) if carrier in CARRIERS else -1
