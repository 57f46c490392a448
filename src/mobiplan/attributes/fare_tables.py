"""Published fares laid over a timetable: which legs a table prices, and a fit for those it leaves.

What does not depend on who pays is made once here; `fares` picks from it for a passenger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mobiplan.attributes.amount import Label
from mobiplan.attributes.legs import Distances, Legs, great_circle_km, make_distances, make_legs
from mobiplan.attributes.pairs import Found, Pairs, look_up, make_pairs
from mobiplan.attributes.places import stations_by_code
from mobiplan.opendata.dataset import Source, key
from mobiplan.opendata.tables import OpenData
from mobiplan.timetable.arrays import Float64, Int8, Int32, Int64
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    import pandas as pd

#: Tables of published fares, in the order in which they are believed.
FARE_TABLES = ("fares", "intercity_fares")

#: Fewer pairs than this give no fit: the rule of `fare_rules` prices the leg.
ENOUGH_PAIRS = 20


class Fit(NamedTuple):
    """Prices of a carrier's unpublished pairs: exp(a + b log km), never below the cheapest pair."""

    carrier: str
    class_: int
    profile: str
    pairs: int  # how many published pairs it was fitted to
    low: tuple[float, float, float]  # a, b, floor [€]
    high: tuple[float, float, float]
    low_error: float  # median of |fitted / published - 1| over those pairs
    high_error: float


class LegPairs(NamedTuple):
    """The different pairs that the legs join: thousands of legs ask for hundreds of prices."""

    carrier: Int32  # (n_pairs,)
    origin: Int32  # (n_pairs,) row in stations
    destination: Int32  # (n_pairs,) row in stations
    of_leg: Int64  # (n_legs,) the pair of each leg


class LegFares(NamedTuple):
    """What one class and profile costs, by pair of the legs' origins and destinations."""

    low_eur: Float64  # (n_pairs,) NaN where nothing is published
    high_eur: Float64  # (n_pairs,)
    label: Int8  # (n_pairs,)
    row: Int32  # (n_pairs,) row of the table, -1 none


@dataclass(frozen=True, eq=False)
class FareTables:
    """The published fares that a timetable's trains can use.

    Made by `make_fare_tables`.
    """

    timetable: Timetable
    distances: Distances
    table: pd.DataFrame | None  # all published fares, and the name of their `table`
    sources: dict[str, Source]  # of the tables
    carriers: tuple[str, ...]
    carrier_of_brand: Int32  # (n_brands,) -1 where no fare of the brand is published
    stations: dict[str, int]  # UIC code -> row
    _fits: dict[tuple[int, int, str], Fit | None] = field(default_factory=dict)
    _pairs: dict[tuple[int, str], Pairs] = field(default_factory=dict)

    @cached_property
    def legs(self) -> Legs:
        """The legs of the brands that have published fares."""
        timetable = self.timetable
        return make_legs(timetable, self.carrier_of_brand[timetable.trips.brand] >= 0)

    @cached_property
    def pairs(self) -> LegPairs:
        """The pairs of the legs."""
        timetable, legs = self.timetable, self.legs
        station = timetable.stops.station[timetable.calls.stop]
        trip = np.searchsorted(timetable.trips.call_ptr, legs.from_call, side="right") - 1
        carrier = self.carrier_of_brand[timetable.trips.brand[trip]].astype(np.int64)
        n = len(timetable.stations.lat)
        key_of_leg = (carrier * n + station[legs.from_call]) * n + station[legs.to_call]
        different, of_leg = np.unique(key_of_leg, return_inverse=True)
        carrier, origin = np.divmod(different // n, n)
        return LegPairs(
            carrier.astype(np.int32),
            origin.astype(np.int32),
            (different % n).astype(np.int32),
            of_leg,
        )

    @cached_property
    def _columns(self) -> tuple[Int32, Int32, Int32]:
        """Carrier, origin and destination of the table's rows as numbers, -1 unknown."""
        if self.table is None:
            none = np.zeros(0, dtype=np.int32)
            return none, none, none
        number = {carrier: i for i, carrier in enumerate(self.carriers)}
        return (
            _numbers(self.table["carrier"], number),
            _numbers(self.table["from_code"], self.stations),
            _numbers(self.table["to_code"], self.stations),
        )

    @cached_property
    def profiles(self) -> dict[str, str]:
        """Key of a profile -> its name in the table."""
        if self.table is None:
            return {}
        return {key(name): name for name in map(str, self.table["profile"].unique())}

    @cached_property
    def _rows(self) -> dict[tuple[int, int, str], Int64]:
        """Rows of each carrier, class and profile."""
        if self.table is None:
            return {}
        carrier, origin, destination = self._columns
        usable = self.table.assign(number=carrier)[(origin >= 0) & (destination >= 0)]
        groups: dict[Any, Any] = usable.groupby(["number", "class_", "profile"]).indices
        at = usable.index.to_numpy()
        return {(int(c), int(k), str(p)): at[rows] for (c, k, p), rows in groups.items()}

    def class_of(self, carrier: int, class_: int) -> int:
        """Return the class itself, or the other one where the carrier has but that."""
        classes = {known for number, known, _ in self._rows if number == carrier}
        return class_ if class_ in classes or not classes else next(iter(classes))

    def published_pairs(self, class_: int, profile: str) -> Pairs:
        """Return the published pairs of a class and a profile, of every carrier."""
        if (class_, profile) not in self._pairs:
            carrier, origin, destination = self._columns
            none = np.zeros(0, dtype=np.int64)
            chosen = [
                self._rows.get((number, self.class_of(number, class_), profile), none)
                for number in range(len(self.carriers))
            ]
            rows = np.concatenate([none, *chosen])
            pairs = make_pairs(
                carrier[rows], origin[rows], destination[rows], len(self.timetable.stations.lat)
            )
            self._pairs[class_, profile] = pairs._replace(row=rows[pairs.row].astype(np.int32))
        return self._pairs[class_, profile]

    @cached_property
    def source_of_row(self) -> list[Source]:
        """The source of each row of `table`."""
        return [] if self.table is None else [self.sources[name] for name in self.table["table"]]

    def published(self, class_: int, profile: str) -> LegFares:
        """Return what is published for the legs' pairs, in either direction."""
        carrier, origin, destination, _ = self.pairs
        return self._prices(
            look_up(self.published_pairs(class_, profile), carrier, origin, destination)
        )

    def of_pair(self, class_: int, profile: str, carrier: int, one: int, two: int) -> LegFares:
        """Return what is published between two stations, whether a train joins them or not."""
        asked = [np.array([number], dtype=np.int32) for number in (carrier, one, two)]
        return self._prices(look_up(self.published_pairs(class_, profile), *asked))

    def _prices(self, found: Found) -> LegFares:
        low, high = (self._column(name, found.row) for name in ("low_eur", "high_eur"))
        return LegFares(low, high, found.label, found.row)

    def _column(self, name: str, rows: Int32) -> Float64:
        prices = np.full(len(rows), np.nan)
        if self.table is not None:
            known = rows >= 0
            prices[known] = self.table[name].to_numpy()[rows[known]]
        return prices

    def fitted(self, class_: int, profile: str) -> LegFares:
        """Return the prices of the legs' pairs by the carriers' fits, NaN without one."""
        carrier, origin, destination, _ = self.pairs
        km = great_circle_km(self.timetable, origin, destination)
        low, high = np.full(len(km), np.nan), np.full(len(km), np.nan)
        for number in np.unique(carrier).tolist():
            fit = self.fit(number, self.class_of(number, class_), profile)
            if fit is not None:
                mine = carrier == number
                low[mine] = _price(fit.low, km[mine])
                high[mine] = _price(fit.high, km[mine])
        label = np.where(np.isnan(low), np.int8(Label.UNKNOWN), np.int8(Label.MODELLED))
        return LegFares(np.minimum(low, high), high, label, np.full(len(km), -1, np.int32))

    def fit(self, carrier: int, class_: int, profile: str) -> Fit | None:
        """Return the fit of a carrier, class and profile; None where it has too few pairs."""
        at = carrier, class_, profile
        if at not in self._fits:
            self._fits[at] = self._make_fit(*at)
        return self._fits[at]

    def _make_fit(self, carrier: int, class_: int, profile: str) -> Fit | None:
        rows = self._rows.get((carrier, class_, profile), np.zeros(0, np.int64))
        _, origin, destination = self._columns
        km = great_circle_km(self.timetable, origin[rows], destination[rows])
        low, high = (self._column(name, rows.astype(np.int32)) for name in ("low_eur", "high_eur"))
        fair = (km > 1.0) & (low > 0)
        if fair.sum() < ENOUGH_PAIRS:
            return None
        (low_line, low_error), (high_line, high_error) = (
            _fit(km[fair], prices[fair]) for prices in (low, high)
        )
        return Fit(
            self.carriers[carrier],
            class_,
            profile,
            int(fair.sum()),
            low_line,
            high_line,
            low_error,
            high_error,
        )


def make_fare_tables(timetable: Timetable, data: OpenData | None) -> FareTables:
    """Lay the published fares over a timetable.

    Examples
    --------
    >>> import mobiplan as mp
    >>> tables = make_fare_tables(mp.sample(), None)
    >>> tables.carriers, len(tables.legs.from_call)
    ((), 0)
    """
    given = [name for name in FARE_TABLES if data is not None and name in data]
    table, carriers = None, ()
    if data is not None and given:
        import pandas as pd

        parts = [data.table(name).assign(table=name) for name in given]
        table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
        carriers = tuple(sorted(table["carrier"].unique()))
    return FareTables(
        timetable,
        make_distances(timetable),
        table,
        {name: data.source(name) for name in given} if data is not None else {},
        carriers,
        np.array([_carrier(brand, carriers) for brand in timetable.brands], dtype=np.int32),
        stations_by_code(timetable, data),
    )


def _numbers(column: pd.Series, numbers: dict[str, int]) -> Int32:
    """The number of each text, -1 where it has none."""
    return np.asarray(column.map(numbers).fillna(-1), dtype=np.int32)


def _carrier(brand: str, carriers: tuple[str, ...]) -> int:
    """The carrier of a brand: of its name, or the longest that the brand's name begins with."""
    name = key(brand) + "_"
    fits = [i for i, carrier in enumerate(carriers) if name.startswith(key(carrier) + "_")]
    return max(fits, key=lambda i: len(carriers[i]), default=-1)


def _fit(km: Float64, prices: Float64) -> tuple[tuple[float, float, float], float]:
    """Least squares of log price on log km; the line, its floor, and its median error."""
    slope, start = np.polyfit(np.log(km), np.log(prices), 1)
    line = float(start), float(slope), float(prices.min())
    return line, float(np.median(np.abs(_price(line, km) / prices - 1)))


def _price(line: tuple[float, float, float], km: Float64) -> Float64:
    start, slope, floor = line
    return np.asarray(np.maximum(np.exp(start + slope * np.log(np.maximum(km, 1.0))), floor))
