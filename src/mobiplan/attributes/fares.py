"""`Fares`: what each leg costs one passenger, as a range that says how it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mobiplan.attributes.amount import Amount, Label, Price
from mobiplan.attributes.fare_rules import RULES, UNKNOWN_EUR_KM, rule_of
from mobiplan.attributes.fare_tables import FareTables, LegFares
from mobiplan.attributes.legs import Costs, Legs, make_costs, sealed, trip_between
from mobiplan.attributes.passenger import CARDS, CHILDREN, NORMAL, Card, Passenger
from mobiplan.errors import InvalidQuery
from mobiplan.opendata.dataset import Source, key
from mobiplan.timetable.arrays import Float64, Int8, Int32
from mobiplan.timetable.counting import counted

if TYPE_CHECKING:
    import pandas as pd

EURO = "€"

#: Rows of legs that no table prices: by a fit to the carrier's pairs, by the brand's rule.
BY_FIT, BY_RULE = -1, -2

_NO_CARD = Card(NORMAL, 1.0, Label.PUBLISHED, 1.0, Source("", "", "", ""))


class Priced(NamedTuple):
    """What pairs or legs cost a passenger."""

    low_eur: Float64  # (n,) NaN unknown
    high_eur: Float64  # (n,) NaN unknown
    label: Int8  # (n,) a Label
    row: Int32  # (n,) row of the published fares, BY_FIT where the price is not published
    card: Int8  # (n,) the card used, counted from 1; 0 none


@dataclass(frozen=True, eq=False, repr=False)
class Fares:
    """Prices of every leg and hop of a timetable for one passenger, in euros.

    Brands whose fares are published by origin and destination are priced by the leg (`legs`), all
    others by a boarding fee and by the hop. A range is published or modelled; it is not an offer.
    Made by `Attributes.fares`.

    Examples
    --------
    >>> import mobiplan as mp
    >>> from mobiplan.attributes import Attributes, Passenger
    >>> timetable = mp.sample()
    >>> fares = Attributes(timetable).fares(Passenger(age=2))
    >>> print(fares.leg(0, 1))
    0.00 € (assumed)
    """

    passenger: Passenger
    legs: Legs
    low_eur: Float64  # (n_legs,) NaN unknown
    high_eur: Float64  # (n_legs,) NaN unknown
    label: Int8  # (n_legs,) a Label
    row: Int32  # (n_legs,) row of `table`; BY_FIT or BY_RULE where the price is not published
    card: Int8  # (n_legs,) the card used, counted from 1; 0 none
    low_boarding_eur: Float64  # (n_trips,) 0 where the trip has legs, NaN unknown
    high_boarding_eur: Float64  # (n_trips,)
    low_hop_eur: Float64  # (n_hops,) as above
    high_hop_eur: Float64  # (n_hops,)
    trip_label: Int8  # (n_trips,) of boarding and hops; PUBLISHED where the trip has legs
    rule: Int8  # (n_trips,) place in fare_rules.RULES, -1 none
    _tables: FareTables
    _shares: Float64  # (n_rules + 1,) of a rule's price that this passenger pays

    @property
    def table(self) -> pd.DataFrame | None:
        """The published fares that `row` points into; None where no table was given."""
        return self._tables.table

    @property
    def models(self) -> pd.DataFrame:
        """The fits that price unpublished pairs: how many pairs made them, how far they are off.

        Columns: carrier, ``class_`` (1 or 2), profile, pairs (int), low_error and high_error.
        """
        import pandas as pd

        fits = [fit for fit in self._tables._fits.values() if fit is not None]
        columns = ["carrier", "class_", "profile", "pairs", "low_error", "high_error"]
        rows = [[getattr(fit, column) for column in columns] for fit in fits]
        return pd.DataFrame(rows, columns=columns)

    def costs(self, price: Price = "middle") -> Costs:
        """Return one number for each leg, boarding and hop: the low, middle or high of its range.

        What is unknown counts as `UNKNOWN_EUR_KM` a kilometre, dear rather than free.
        """
        if price not in ("low", "middle", "high"):
            raise InvalidQuery(f"price={price!r}: give low, middle or high")
        low, high = {"low": (1.0, 0.0), "middle": (0.5, 0.5), "high": (0.0, 1.0)}[price]
        return make_costs(
            self._tables.timetable,
            self.legs,
            low * self.low_eur + high * self.high_eur,
            low * self.low_boarding_eur + high * self.high_boarding_eur,
            low * self.low_hop_eur + high * self.high_hop_eur,
            UNKNOWN_EUR_KM,
        )

    def leg(self, board: int, alight: int) -> Amount:
        """Return what it costs to ride from one call of a trip to a later one.

        Parameters
        ----------
        board, alight : int
            Calls (rows of ``timetable.calls``) of one trip.

        Returns
        -------
        Amount
            In euros.

        Raises
        ------
        InvalidQuery
            If they are not calls of one trip, in this order.

        Examples
        --------
        The first hop of the timetable's first trip:

        >>> import mobiplan as mp
        >>> fare = mp.Attributes(mp.sample(), mp.sample_data()).fares().leg(0, 1)
        >>> fare.unit, fare.low <= fare.high
        ('€', True)
        """
        trip = trip_between(self._tables.timetable, board, alight)
        if self.legs.by_leg[trip]:
            return self._by_leg(int(self.legs.leg_ptr[board]) + alight - board - 1, trip)
        number = int(self.rule[trip])
        km = np.diff(self._tables.distances.call_km[[board, alight]])[0]
        label = Label(int(self.trip_label[trip]))
        if number < 0 or np.isnan(km):
            return Amount.unknown(EURO)
        rule, share = RULES[number], float(self._shares[number])
        return Amount(
            share * (rule.low_fee_eur + rule.low_eur_km * float(km)),
            share * (rule.high_fee_eur + rule.high_eur_km * float(km)),
            EURO,
            label,
            rule.sources + self._passenger_sources(rule.cards),
        )

    def through(self, origin: int, destination: int, brand: str | None = None) -> Amount:
        """Return the published fare between two stations, whether one train joins them or not.

        It is shown beside the sum of a journey's legs, and ranks nothing.

        Parameters
        ----------
        origin, destination : int
            Rows of ``timetable.stations``.
        brand : str, optional
            A brand of the timetable; without one, the carrier whose middle price is the lowest.

        Returns
        -------
        Amount
            In euros; unknown where no table has the pair.

        Raises
        ------
        InvalidQuery
            If the timetable has no such brand.

        Examples
        --------
        >>> import mobiplan as mp
        >>> timetable = mp.sample()
        >>> names = timetable.stations.name
        >>> fares = mp.Attributes(timetable, mp.sample_data()).fares()
        >>> print(fares.through(names.index("Rennes"), names.index("Lyon Part Dieu")))
        23.00 to 122.00 € (published)
        """
        tables = self._tables
        brands = tables.timetable.brands
        if brand is None:
            numbers = list(range(len(tables.carriers)))
        elif brand in brands:
            numbers = [int(tables.carrier_of_brand[brands.index(brand)])]
        else:
            raise InvalidQuery(f"brand={brand!r} is not one of {', '.join(brands)}")
        found = [self._through(number, origin, destination) for number in numbers if number >= 0]
        known = [amount for amount in found if amount.is_known]
        return min(known, key=lambda amount: amount.middle, default=Amount.unknown(EURO))

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything that a price of this timetable may rest on."""
        brands = set(self.rule[~self.legs.by_leg].tolist()) - {-1}
        rules = [source for number in sorted(brands) for source in RULES[number].sources]
        mine = self._passenger_sources(True)
        return tuple(dict.fromkeys([*self._tables.sources.values(), *rules, *mine]))

    def _by_leg(self, leg: int, trip: int) -> Amount:
        label, row = Label(int(self.label[leg])), int(self.row[leg])
        if label is Label.UNKNOWN:
            return Amount.unknown(EURO)
        if row == BY_RULE:
            rule = RULES[int(self.rule[trip])]
            sources = rule.sources + self._passenger_sources(rule.cards)
        else:
            of = (
                tuple(self._tables.sources.values())
                if row == BY_FIT
                else (self._tables.source_of_row[row],)
            )
            sources = of + self._passenger_sources(int(self.card[leg]) > 0)
        return Amount(float(self.low_eur[leg]), float(self.high_eur[leg]), EURO, label, sources)

    def _through(self, carrier: int, origin: int, destination: int) -> Amount:
        options = _options(self.passenger)
        fares = [
            self._tables.of_pair(
                self.passenger.class_, _profile(self._tables, o), carrier, origin, destination
            )
            for o in options
        ]
        priced = _cheapest(options, fares, self.passenger)
        row = int(priced.row[0])
        if row < 0:
            return Amount.unknown(EURO)
        return Amount(
            float(priced.low_eur[0]),
            float(priced.high_eur[0]),
            EURO,
            Label(int(priced.label[0])),
            (self._tables.source_of_row[row], *self._passenger_sources(int(priced.card[0]) > 0)),
        )

    def _passenger_sources(self, with_card: bool) -> tuple[Source, ...]:
        cards = [CARDS[name].source for name in self.passenger.cards] if with_card else []
        child = [CHILDREN] if self.passenger.child_share < 1 else []
        return tuple(dict.fromkeys(cards + child))

    def __repr__(self) -> str:
        legs = len(self.label)
        known = int((self.label <= Label.OPPOSITE).sum())
        return f"Fares({self.passenger}: {known:,} of {counted(legs, 'leg')} published)"


def make_fares(tables: FareTables, passenger: Passenger) -> Fares:
    """Price every leg and hop for one passenger."""
    timetable, legs = tables.timetable, tables.legs
    options = _options(passenger)
    profiles = [_profile(tables, option) for option in options]
    published = [tables.published(passenger.class_, profile) for profile in profiles]
    fitted = [tables.fitted(passenger.class_, profile) for profile in profiles]
    known, guessed = (_cheapest(options, fares, passenger) for fares in (published, fitted))
    # What no option publishes is modelled, by the fit of the option that makes it cheapest.
    missing = np.isnan(known.low_eur)
    leg_pair = tables.pairs.of_leg
    both: list[tuple[Any, Any]] = list(zip(known, guessed, strict=True))
    low, high, label, row, card = (np.where(missing, fit, fact)[leg_pair] for fact, fit in both)

    rule = np.array([rule_of(brand) for brand in timetable.brands], dtype=np.int8)
    rule = rule[timetable.trips.brand]
    shares, labels = _rule_shares(passenger)
    fees = [shares * _of_rules(name) for name in ("low_fee_eur", "high_fee_eur")]
    rates = [shares * _of_rules(name) for name in ("low_eur_km", "high_eur_km")]

    # Too few pairs for a fit: the rule of the brand, along the leg.
    by_rule = np.flatnonzero(np.isnan(low))
    board, alight = legs.from_call[by_rule], legs.to_call[by_rule]
    km = tables.distances.call_km[alight] - tables.distances.call_km[board]
    of_trip = rule[np.searchsorted(timetable.trips.call_ptr, board, side="right") - 1]
    low[by_rule] = fees[0][of_trip] + rates[0][of_trip] * km
    high[by_rule] = fees[1][of_trip] + rates[1][of_trip] * km
    row[by_rule] = BY_RULE
    label[by_rule] = np.where(np.isnan(low[by_rule]), np.int8(Label.UNKNOWN), labels[of_trip])

    trip, hop_km = timetable.hops.trip, tables.distances.hop_km
    by_hop = ~legs.by_leg
    low_fee, high_fee = (sealed(np.where(by_hop, fee[rule], 0.0)) for fee in fees)
    low_hop, high_hop = (
        sealed(np.where(by_hop[trip], rate[rule[trip]] * hop_km, 0.0)) for rate in rates
    )
    return Fares(
        passenger=passenger,
        legs=legs,
        low_eur=sealed(low),
        high_eur=sealed(high),
        label=sealed(label),
        row=sealed(row),
        card=sealed(card),
        low_boarding_eur=low_fee,
        high_boarding_eur=high_fee,
        low_hop_eur=low_hop,
        high_hop_eur=high_hop,
        trip_label=sealed(np.where(by_hop, labels[rule], np.int8(Label.PUBLISHED))),
        rule=sealed(rule),
        _tables=tables,
        _shares=shares,
    )


def _options(passenger: Passenger) -> list[Card]:
    """No card, then each of the passenger's."""
    return [_NO_CARD, *(CARDS[name] for name in passenger.cards)]


def _profile(tables: FareTables, option: Card) -> str:
    """The profile as the table spells it."""
    return tables.profiles.get(key(option.profile), option.profile)


def _cheapest(options: list[Card], fares: list[LegFares], passenger: Passenger) -> Priced:
    """Of the options the one of the lowest middle price."""
    shares = [option.share for option in options]
    low = np.array([fare.low_eur * share for fare, share in zip(fares, shares, strict=True)])
    high = np.array([fare.high_eur * share for fare, share in zip(fares, shares, strict=True)])
    middle = np.where(np.isnan(low), np.inf, low + high)
    best = middle.argmin(axis=0)
    each = np.arange(low.shape[1])
    child = passenger.child_share
    weakest = np.array([option.label for option in options], dtype=np.int8)
    label = np.array([fare.label for fare in fares])[best, each]
    label = np.maximum(label, weakest[best])
    if child < 1:
        label = np.maximum(label, np.int8(Label.ASSUMED))
    return Priced(
        low[best, each] * child,
        high[best, each] * child,
        label.astype(np.int8),
        np.array([fare.row for fare in fares])[best, each],
        best.astype(np.int8),
    )


def _rule_shares(passenger: Passenger) -> tuple[Float64, Int8]:
    """The share of each rule's price that is paid, and the label that this leaves; then no rule."""
    card = min(option.additive_share for option in _options(passenger))
    first = [rule.first_class if passenger.class_ == 1 else 1.0 for rule in RULES]
    reduced = [(card if rule.cards else 1.0) * passenger.child_share for rule in RULES]
    labels = [
        max(rule.label, Label.ASSUMED if share < 1 else Label.PUBLISHED)
        for rule, share in zip(RULES, reduced, strict=True)
    ]
    return (
        np.array([*np.multiply(first, reduced), np.nan]),
        np.array([*labels, Label.UNKNOWN], dtype=np.int8),
    )


def _of_rules(name: str) -> Float64:
    """A figure of every rule, and NaN for brands without one, which are number -1."""
    return np.array([*(getattr(rule, name) for rule in RULES), np.nan])
