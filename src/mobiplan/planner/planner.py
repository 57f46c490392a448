"""`Planner`: answers questions about journeys."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import OrderedDict
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.journeys import JourneySet
from mobiplan.journeys.itinerary import (
    GUARANTEED,
    IN_SEAT,
    Itinerary,
    Place,
    Question,
    Ride,
    Statistics,
)
from mobiplan.planner.diagnosing import diagnose
from mobiplan.planner.places import PlaceLike, Places
from mobiplan.planner.windows import Windows
from mobiplan.search.ends import ENGINES, Bounds, Engine, Found
from mobiplan.timetable.graph import (
    ALIGHTING,
    ARRIVAL,
    BOARDING,
    DEPARTURE,
    NEVER,
    TimeExpandedGraph,
)
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.timetable import Timetable
from mobiplan.traveller.needs import Needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Executor

    import pandas as pd

    from mobiplan.analysis.matrix import TravellersLike
    from mobiplan.analysis.reach import Reach
    from mobiplan.attributes.door import Attributes
    from mobiplan.journeys import Journey
    from mobiplan.maps.station import StationPage
    from mobiplan.maps.station_facts import FactsLike
    from mobiplan.opendata.tables import OpenData
    from mobiplan.planner.asking import Dilemma, Trip
    from mobiplan.planner.paretos import CriterionLike
    from mobiplan.search.earliest import Labels
    from mobiplan.search.features import Features
    from mobiplan.search.lines import Lines
    from mobiplan.search.terms import Terms
    from mobiplan.traveller.criterion import Criterion
    from mobiplan.traveller.learning import ChoiceModel
    from mobiplan.traveller.traveller import Likely, Traveller

    Search = Callable[..., tuple[Found | None, int]]

NO_NEEDS = Needs()
FEATURES_KEPT = 4  # fares of passengers that are kept for each graph
PLANNERS_KEPT = 8  # planners under needs that are kept; with graphs of what they leave

#: The railway's day ends this long after midnight: whoever asks for the last train of an evening
#: means the one at 0:46 too.
NIGHT_S = 4 * 3600


class Planner:
    """Plans journeys on a timetable. One planner may be used from many threads.

    Parameters
    ----------
    timetable : Timetable
        As `mobiplan.load` returns it.
    transfer_rules : TransferRules, optional
        Other rules for changing trains than the timetable was loaded with.
    data : OpenData, optional
        Tables of fares, emissions and stations (`mobiplan.open_data`); without them prices and
        emissions are modelled or assumed, and say so.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> journeys = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    >>> journeys.best.transfers >= 1
    True
    """

    def __init__(
        self,
        timetable: Timetable,
        transfer_rules: TransferRules | None = None,
        *,
        data: OpenData | None = None,
    ) -> None:
        if not isinstance(timetable, Timetable):
            raise InvalidQuery(
                f"Planner needs a Timetable, not {type(timetable).__name__}: "
                "make one with mobiplan.load(...)"
            )
        if transfer_rules is not None:
            if not isinstance(transfer_rules, TransferRules):
                raise InvalidQuery(
                    f"Planner(transfer_rules={transfer_rules!r}): give mobiplan.TransferRules(...)"
                )
            timetable = timetable.with_rules(transfer_rules)
        if data is not None:
            from mobiplan.opendata import OpenData

            if not isinstance(data, OpenData):
                raise InvalidQuery(
                    f"Planner(data={data!r}): give what mobiplan.open_data(...) returns"
                )
        self.timetable = timetable
        self.places = Places(timetable)
        self.windows = Windows(timetable)
        self.data = data
        self.needs = NO_NEEDS
        self._for_all = self
        self._under: OrderedDict[Needs, Planner] = OrderedDict()
        self._features: WeakKeyDictionary[
            TimeExpandedGraph, dict[Any, tuple[Features, tuple[Criterion, ...]]]
        ] = WeakKeyDictionary()
        self._terms: WeakKeyDictionary[TimeExpandedGraph, list[Terms]] = WeakKeyDictionary()
        self._lines: WeakKeyDictionary[TimeExpandedGraph, Lines] = WeakKeyDictionary()
        self._thread = threading.local()

    def __reduce__(self) -> tuple[object, ...]:
        return _planner_under, (self._for_all.timetable, self.data, self.needs)

    def __repr__(self) -> str:
        under = f", {self.needs!r}" if self.needs else ""
        return f"Planner({self._for_all.timetable!r}{under})"

    def under(self, needs: Needs) -> Planner:
        """Return the planner that answers every question under `needs`.

        The questions' own `needs=` do this for you. What follows from needs (a timetable at
        one's own pace, graphs without what one would not take) is kept for the last few.

        Parameters
        ----------
        needs : Needs
            Hard limits, besides those of this planner; the stricter holds.

        Raises
        ------
        InvalidQuery
            If the needs contradict those that hold already, or name what the timetable does
            not have.
        UnknownStation, AmbiguousStation
            If they name a station that there is not.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> direct = planner.under(mp.Needs(max_transfers=0))
        >>> direct.profile("Rennes", "Lyon", date="2026-03-24").first.transfers
        0
        """
        if not isinstance(needs, Needs):
            raise InvalidQuery(
                f"needs={needs!r}: give mobiplan.Needs(...), such as mp.Needs(max_transfers=1)"
            )
        if not needs:
            return self
        needs = self.needs.stricter(needs)
        if needs.max_price is not None:
            raise InvalidQuery(
                f"max_price={needs.max_price!r}: only planner.plan(...) can limit the price, which "
                "depends on who travels; ask it, or leave max_price out"
            )
        plain = self._for_all
        if not needs:
            return plain
        planner = plain._under.get(needs)
        if planner is None:
            from mobiplan.planner.constraints import (
                personal_graph,
                personal_masks,
                personal_timetable,
            )

            timetable = personal_timetable(plain.timetable, needs, plain.places)
            planner = Planner(timetable, data=plain.data)
            planner._for_all, planner.needs = plain, needs
            for via in needs.via:
                plain.places.resolve(via.place, "via")
            masks = personal_masks(plain, needs)
            restricted = partial(personal_graph, needs=needs, masks=masks)
            planner.windows = Windows(planner.timetable, plain.windows, restricted)
            plain._under[needs] = planner
            while len(plain._under) > PLANNERS_KEPT:
                plain._under.popitem(last=False)
        return planner

    # ------------------------------------------------------------------ questions

    def earliest_arrival(
        self,
        origin: PlaceLike,
        destination: PlaceLike,
        *,
        depart: times.TimeLike | None = None,
        arrive: times.TimeLike | None = None,
        date: times.DateLike | None = None,
        needs: Needs | None = None,
        days: int = 3,
        engine: Engine = "auto",
    ) -> JourneySet:
        """Find the journey that arrives first.

        Of several that arrive at the same minute, the one that leaves last is taken (nobody
        wants to sit three hours at the junction), then the one with fewest transfers.

        Parameters
        ----------
        origin, destination : place
            A station's name or id, a city's name (any of its stations), ``(lat, lon)`` in
            degrees, a shapely Point (x = lon, y = lat), or a list of places.
        depart, arrive : time, optional
            Not before, not after. ISO text, datetime or Timestamp; naive means the agency's
            own time, and of a clock time that exists twice, when the clocks go back, the first:
            the second is ``datetime(2026, 10, 25, 2, 30, fold=1)``, or a time with its offset
            from UTC, ``"2026-10-25 02:30+01:00"``.
        date : day, optional
            Instead of `depart`: the first journey that leaves on this local day.
        needs : Needs, optional
            Hard limits that every journey obeys; see `mobiplan.Needs`.
        days : int
            How many service days are searched before the answer is "not before ...".
        engine : {"auto", "scan", "sweep", "dijkstra"}
            All give the same answer; "auto" is the fastest, the others are there to check it.

        Returns
        -------
        JourneySet
            At most one journey; an empty set says why in its ``diagnosis``.

        Raises
        ------
        UnknownStation, AmbiguousStation
            With the nearest names, or the candidates.
        OutsideCalendar
            If the day has no service; names the days that have.
        InvalidQuery
            If times are missing or malformed, or both places are one.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> journey = planner.earliest_arrival("Rennes", "Lyon", depart="2026-03-24 08:00").best
        >>> journey.departure.hour >= 8
        True
        """
        planner = self if needs is None else self.under(needs)
        return planner._ask(
            "earliest_arrival", origin, destination, depart, arrive, date, days, engine
        )

    def latest_departure(
        self,
        origin: PlaceLike,
        destination: PlaceLike,
        *,
        arrive: times.TimeLike | None = None,
        depart: times.TimeLike | None = None,
        date: times.DateLike | None = None,
        needs: Needs | None = None,
        days: int = 3,
        engine: Engine = "auto",
    ) -> JourneySet:
        """Find the journey that leaves last and still arrives by `arrive`.

        Of several that leave at the same minute, the one that arrives first is taken, then the
        one with fewest transfers. With `date`, the last journey that leaves on that local day or
        in the night after it, before 4:00 in the morning, and is there before those who leave
        later: the last train home. Who would still be waiting somewhere at 4:00 is sent by an
        earlier train, if there is one.

        Parameters
        ----------
        origin, destination : place
            As in `earliest_arrival`.
        arrive, depart : time, optional
            Not after, not before; as in `earliest_arrival`, and so the first of two equal clock
            times, unless ``fold=1`` or an offset from UTC says the second.
        date : day, optional
            Instead of `arrive`: the last journey that leaves on this local day.
        needs : Needs, optional
            Hard limits that every journey obeys.
        days : int
            How many service days are searched, backwards from the last.
        engine : {"auto", "scan", "sweep", "dijkstra"}
            As in `earliest_arrival`.

        Returns
        -------
        JourneySet
            At most one journey; an empty set says why in its ``diagnosis``.

        Raises
        ------
        UnknownStation, AmbiguousStation, OutsideCalendar, InvalidQuery
            As in `earliest_arrival`.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> journey = planner.latest_departure("Rennes", "Lyon", arrive="2026-03-24 20:00").best
        >>> journey.arrival.hour <= 20
        True
        """
        planner = self if needs is None else self.under(needs)
        return planner._ask(
            "latest_departure", origin, destination, depart, arrive, date, days, engine
        )

    def profile(
        self,
        origin: PlaceLike,
        destination: PlaceLike,
        *,
        depart: times.TimeLike | None = None,
        arrive: times.TimeLike | None = None,
        date: times.DateLike | None = None,
        window: times.DurationLike | None = None,
        needs: Needs | None = None,
        days: int = 3,
        transfers: int = 7,
    ) -> JourneySet:
        """Find every useful departure of a day or of a window.

        The journeys that leave in the window and than which no other of the window is better:
        leaves no earlier, arrives no later, with no more transfers, and excels in one of the
        three. Exact up to `transfers` changes. Arrivals may lie beyond the window; departures
        after it do not compete, but for a `date`: who would be there no later by leaving on the
        next day does not leave at night for a tour that comes back. A walk from door to door,
        possible at any time, is listed once, at the first minute at which no train is as good.

        Parameters
        ----------
        origin, destination : place
            As in `earliest_arrival`.
        depart, window : time and duration, optional
            The window: journeys leave at `depart` or later and before `depart` + `window`
            (``"4 h"``); which of two equal clock times is meant, as in `earliest_arrival`.
        arrive : time, optional
            No journey arrives after it; with `depart` it also ends the window.
        date : day, optional
            The window is this local day, 23 or 25 hours long when the clocks change.
        needs : Needs, optional
            Hard limits that every journey obeys.
        days : int
            How many service days are searched; never fewer than the window touches.
        transfers : int
            The most changes, 0 to 7.

        Returns
        -------
        JourneySet
            By departure, then arrival; ``stats.engine`` tells the most changes looked at. An
            empty set says why in its ``diagnosis``.

        Raises
        ------
        UnknownStation, AmbiguousStation, OutsideCalendar
            As in `earliest_arrival`.
        InvalidQuery
            If the window is missing, empty or malformed, or both places are one.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> day = planner.profile("Rennes", "Grenoble", date="2026-03-24")
        >>> day.first.departure < day.last.departure
        True
        """
        from mobiplan.planner.profiles import profile

        return profile(
            self if needs is None else self.under(needs),
            origin,
            destination,
            depart=depart,
            arrive=arrive,
            date=date,
            window=window,
            days=days,
            transfers=transfers,
        )

    def pareto(
        self,
        origin: PlaceLike,
        destination: PlaceLike,
        *,
        criteria: Sequence[CriterionLike] = ("arrival", "transfers"),
        depart: times.TimeLike | None = None,
        arrive: times.TimeLike | None = None,
        date: times.DateLike | None = None,
        window: times.DurationLike | None = None,
        slack: float | times.DurationLike | None = None,
        needs: Needs | None = None,
        days: int = 3,
    ) -> JourneySet:
        """Find the Pareto set: the journeys that no other one beats in everything that counts.

        Exact: no journey is left out that is better in some criterion than each of the others,
        within the bounds that are asked for. Of journeys alike in all criteria one is shown, the
        one that leaves last.

        Parameters
        ----------
        origin, destination : place
            As in `earliest_arrival`.
        criteria : sequence
            Names, each of which should be small ("departure": late): "arrival", "departure",
            "duration", "transfers", "walking", "waiting"; and criteria of your own, by
            connection or by leg (`mobiplan.Criterion`).
        depart, arrive : time, optional
            Not before, not after; times as in `earliest_arrival`.
        date, window : day, duration, optional
            Only journeys that leave on this local day, or within so long after `depart`.
        slack : float or duration, optional
            Only journeys that arrive within this share (0.25: a quarter) more than the travel
            time of the fastest, counted from `depart`, or so long ("30 min") after it; exact
            within. ``stats.bound`` says until when. The set is smaller and found much sooner.
        needs : Needs, optional
            Hard limits that every journey obeys.
        days : int
            How many service days are searched.

        Returns
        -------
        JourneySet
            By arrival. ``to_frame`` has a column for each criterion of your own. An empty set
            says why in its ``diagnosis``.

        Raises
        ------
        UnknownStation, AmbiguousStation, OutsideCalendar
            As in `earliest_arrival`.
        InvalidQuery
            If a criterion is unknown, given twice or malformed, or as in `earliest_arrival`.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.pareto("Rennes", "Grenoble", depart="2026-03-24 08:00", slack=0.5)
        >>> [journey.transfers for journey in found] == sorted(
        ...     {journey.transfers for journey in found}, reverse=True
        ... )
        True
        """
        from mobiplan.planner.paretos import pareto

        return pareto(
            self if needs is None else self.under(needs),
            origin,
            destination,
            criteria=criteria,
            depart=depart,
            arrive=arrive,
            date=date,
            window=window,
            slack=slack,
            days=days,
        )

    def plan(
        self,
        origin: PlaceLike,
        destination: PlaceLike,
        *,
        traveller: Traveller | Likely | str = "standard",
        depart: times.TimeLike | None = None,
        arrive: times.TimeLike | None = None,
        date: times.DateLike | None = None,
        window: times.DurationLike | None = None,
        wish_depart: times.TimeLike | None = None,
        wish_arrive: times.TimeLike | None = None,
        needs: Needs | None = None,
        criteria: Sequence[Criterion] = (),
        most: int = 5,
        draws: int = 64,
        days: int = 3,
    ) -> JourneySet:
        """Find the journey of least personal cost, and a few truly different good ones.

        The first is optimal for the traveller: no journey has a smaller sum of features times
        weights (`mobiplan.Traveller`). The others are optimal for travellers near by, whose
        weights are drawn around this one's: each is there because somebody like you would take
        it. ``journeys.coverage`` is the share of draws that the set serves.

        Parameters
        ----------
        origin, destination : place
            As in `earliest_arrival`.
        traveller : Traveller, ChoiceModel or str
            Who travels, or the name of a preset. Of a model that was learned the first journey
            has the least expected cost, that of the mean weights, and the set's coverage is
            measured on draws of what is believed (``model.in_context("commute")``: there).
        depart : time, optional
            Not before; time from then to the departure counts as ``before_departure``. Times are
            given as in `earliest_arrival`.
        arrive : time, optional
            Not after; without `depart` the time left counts as ``early``.
        date, window : day, duration, optional
            Only journeys that leave on this local day, or within so long after `depart`; when
            they leave costs nothing then.
        wish_depart, wish_arrive : time, optional
            When one would like to leave, or to be there; each minute before counts as ``early``,
            each minute after as ``late``. With `wish_depart` nothing is ``before_departure``.
        needs : Needs, optional
            Hard limits besides the traveller's own; the stricter holds. What they prefer
            (step-free ways, bicycles) costs what the traveller's weight ``unsuited`` says.
        criteria : sequence of Criterion
            Criteria of your own; their weights are the traveller's ``own`` ones, by name.
        most : int
            The most journeys shown.
        draws : int
            How many travellers near by are asked; 0: only the best journey.
        days : int
            How many service days are searched.

        Returns
        -------
        JourneySet
            By cost. An empty set says why in its ``diagnosis``.

        Raises
        ------
        UnknownStation, AmbiguousStation, OutsideCalendar, InvalidQuery
            As in `earliest_arrival`.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> me = mp.Traveller(transfer="20 min", euros_per_hour=15)
        >>> journeys = planner.plan("Rennes", "Lyon", depart="2026-03-24 08:00", traveller=me)
        >>> journeys.best.cost <= journeys[-1].cost
        True
        """
        from mobiplan.planner.plans import plan
        from mobiplan.planner.suiting import preferred, without_preferred
        from mobiplan.traveller.traveller import Likely, Traveller

        likely = None
        if isinstance(traveller, str):
            traveller = Traveller.preset(traveller)
        elif not isinstance(traveller, Traveller) and isinstance(traveller, Likely):
            likely, traveller = traveller, traveller.traveller()
        if not isinstance(traveller, Traveller):
            raise InvalidQuery(
                f"traveller={traveller!r}: give mobiplan.Traveller(...), a model that was learned "
                "(mobiplan.learn), or the name of a preset"
            )
        policies = () if needs is None else preferred(needs)
        needs = traveller.needs if needs is None else traveller.needs.stricter(needs)
        max_price = needs.max_price
        if max_price is not None:
            needs = needs.replace(max_price=None)
        return plan(
            self.under(without_preferred(needs)),
            origin,
            destination,
            traveller=traveller,
            likely=likely,
            depart=depart,
            arrive=arrive,
            date=date,
            window=window,
            wish_depart=wish_depart,
            wish_arrive=wish_arrive,
            criteria=criteria,
            most=most,
            draws=draws,
            days=days,
            max_price=max_price,
            preferred=policies,
        )

    def plan_many(
        self,
        questions: pd.DataFrame,
        *,
        traveller: Traveller | Likely | str = "standard",
        threads: int | None = None,
        progress: bool | None = None,
        **options: Any,
    ) -> pd.DataFrame:
        """Plan the best journey for each row of a table of questions.

        Parameters
        ----------
        questions : DataFrame
            Columns ``origin`` and ``destination`` (or ``from_id`` and ``to_id``) and what else
            `plan` takes by name: ``depart``, ``arrive``, ``date``, ``window``, ``wish_depart``,
            ``wish_arrive``, ``needs``, ``traveller``. Where a cell is empty, what is given below
            holds.
        traveller : Traveller, ChoiceModel or str
            Who travels, where a row does not say.
        threads : int, optional
            How many questions are answered at a time; as many as there are processors.
        progress : bool, optional
            Show a bar (tqdm) on what takes more than a second; by default where someone looks.
        **options
            What `plan` takes, for all rows. There are no draws unless asked for.

        Returns
        -------
        DataFrame
            A row for each question, with its index: ``from_id``, ``to_id`` (of the stations
            where the journey begins and ends), ``departure``, ``arrival``, ``travel_time``,
            ``transfers``, ``price_min``, ``price_max`` [€], ``co2_kg``, ``cost`` [equivalent
            minutes], and ``status``: "ok", or in words why there is no journey.

        Raises
        ------
        InvalidQuery
            If a column is missing or unknown. What is wrong with a row is raised as `plan` does,
            the row and the column named.

        Examples
        --------
        >>> import mobiplan as mp, pandas as pd
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> asked = pd.DataFrame({"origin": ["Rennes", "Lille"], "destination": ["Lyon", "Nice"]})
        >>> found = planner.plan_many(asked, depart="2026-03-24 08:00", progress=False)
        >>> found["status"].tolist()
        ['ok', 'ok']
        """
        from mobiplan.planner.many import plan_many

        return plan_many(self, questions, traveller, threads, progress, options)

    def ask(
        self,
        model: ChoiceModel,
        trips: Iterable[Trip] = (),
        *,
        asked: Sequence[Dilemma] = (),
        words: str = "en",
        random_state: int = 0,
    ) -> Dilemma:
        """Find the two journeys of which the traveller's choice would teach a model most.

        The same as ``model.ask(planner, ...)``. Of each trip the journeys that suit somebody are
        compared pairwise, never one that is worse in everything; asked is the pair whose answer
        has the greatest expected information on the traveller's weights.

        Parameters
        ----------
        model : ChoiceModel
            What is believed of the traveller, see `mobiplan.learn`.
        trips : iterable of (origin, destination, depart)
            Trips that the question may be about; some between busy stations if left out.
        asked : sequence of Dilemma
            Questions not to ask again.
        words : {"en", "fr"}
            The language of the question.
        random_state : int
            Seed of the trips that are sampled.

        Returns
        -------
        Dilemma
            As text, the question; ``model.update(dilemma.answer("A"))`` learns from the answer.

        Raises
        ------
        NoJourney
            If no trip leaves a choice.
        InvalidQuery, UnknownStation, AmbiguousStation, OutsideCalendar
            As in `plan`.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> model = mp.learn(None, prior=mp.Traveller.preset("standard"))
        >>> question = planner.ask(model, [("Rennes", "Grenoble", "2026-03-24 08:00")])
        >>> str(question).startswith("Rennes to Grenoble, 24 Mar from 08:00: would you rather")
        True
        >>> model.update(question.answer("A")).n_situations_
        1
        """
        from mobiplan.planner.asking import ask

        return ask(self, model, trips, asked=asked, words=words, random_state=random_state)

    def one_to_all(
        self,
        origin: PlaceLike,
        *,
        depart: times.TimeLike,
        within: times.DurationLike | None = None,
        needs: Needs | None = None,
        days: int = 3,
    ) -> pd.DataFrame:
        """Find the earliest arrival at every station.

        Each row has the arrival of ``earliest_arrival(origin, id, depart=depart)``, a walk from
        door to door included; the origin's own stations are 0 away, or the walk to them.

        Parameters
        ----------
        origin : place
            As in `earliest_arrival`.
        depart : time
            Not before.
        within : duration, optional
            The longest travel time, such as ``"5 h"``; what takes longer counts as not reached.
        needs : Needs, optional
            Hard limits that every journey obeys.
        days : int
            How many service days are searched.

        Returns
        -------
        pandas.DataFrame
            A row for each station, the nearest first, then by id; those not reached come last.
            Columns id, name, arrival (aware datetime64[s], the agency's zone; NaT where not
            reached), travel_time (timedelta64[s] from `depart`; NaT where not reached).

        Raises
        ------
        UnknownStation, AmbiguousStation, OutsideCalendar, InvalidQuery
            As in `earliest_arrival`.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> reach = planner.one_to_all("Rennes", depart="2026-03-24 08:00", within="5 h")
        >>> reach["name"].iloc[0], reach["travel_time"].iloc[0].total_seconds()
        ('Rennes', 0.0)
        """
        from mobiplan.planner.matrices import one_to_all

        planner = self if needs is None else self.under(needs)
        return one_to_all(planner, origin, depart=depart, within=within, days=days)

    def travel_times(
        self,
        origins: PlaceLike | None = None,
        destinations: PlaceLike | None = None,
        *,
        depart: times.TimeLike,
        within: times.DurationLike | None = None,
        needs: Needs | None = None,
        days: int = 3,
        threads: int | None = None,
        lanes: int | None = None,
        executor: Executor | None = None,
        progress: bool | None = None,
    ) -> pd.DataFrame:
        """Find the travel times between many places, each by its earliest arrival.

        Each row has the arrival of ``earliest_arrival(from_id, to_id, depart=depart)``, less
        `depart`; a walk from door to door counts, and two places that share a station are 0
        apart.

        Parameters
        ----------
        origins, destinations : list of places, optional
            Names, ids, cities, ``(lat, lon)``, shapely Points, or lists of these (the nearest
            counts); an Index, a Series or an array of names; one place; all stations by default.
        depart : time
            Not before; the same for all origins.
        within : duration, optional
            The longest travel time, such as ``"5 h"``.
        needs : Needs, optional
            Hard limits that every journey obeys.
        days : int
            How many service days are searched.
        threads : int, optional
            As many as there are processors by default.
        lanes : int, optional
            How many origins share a pass over the timetable, at most 512; 1 is a scan for each
            origin. Chosen by default; the answer is the same.
        executor : Executor, optional
            Of `concurrent.futures`, or Dask's ``client.get_executor()``: its workers fill the
            rows, instead of threads. They are sent a timetable that was loaded from a saved
            folder as the folder's name, and map it.
        progress : bool, optional
            Show a bar (tqdm) on what takes more than a second; by default where tqdm is
            installed and stderr is a terminal.

        Returns
        -------
        pandas.DataFrame
            A row for each pair, origin by origin, in the order given (all stations: by id).
            Columns from_id, to_id (categorical: the places as they were given, names as names
            and ids as ids; the ids of all stations), travel_time (timedelta64[s], NaT where not
            reached).

        Raises
        ------
        UnknownStation, AmbiguousStation
            Naming the row, as in ``origins[3]``.
        OutsideCalendar
            If the day has no service.
        InvalidQuery
            If a list is empty, or something is malformed.

        Notes
        -----
        A matrix of n rows and m columns takes 8 to 16 bytes a cell.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> matrix = planner.travel_times(
        ...     ["Rennes", "Nantes"], ["Lyon", "Nantes"], depart="2026-03-24 08:00"
        ... )
        >>> matrix["travel_time"].iloc[3].total_seconds()
        0.0
        >>> matrix.pivot(index="from_id", columns="to_id", values="travel_time").index.tolist()
        ['Rennes', 'Nantes']
        """
        from mobiplan.planner.matrices import travel_times

        return travel_times(
            self if needs is None else self.under(needs),
            origins,
            destinations,
            depart=depart,
            within=within,
            days=days,
            threads=threads,
            lanes=lanes,
            executor=executor,
            progress=progress,
        )

    def matrix(
        self,
        origins: PlaceLike | None = None,
        destinations: PlaceLike | None = None,
        *,
        values: str | Sequence[str] = ("travel_time", "transfers", "price", "co2"),
        depart: times.TimeLike | None = None,
        arrive: times.TimeLike | None = None,
        date: times.DateLike | None = None,
        window: times.DurationLike | None = None,
        within: times.DurationLike | None = None,
        percentiles: Sequence[float] = (),
        travellers: TravellersLike | None = None,
        needs: Needs | None = None,
        days: int = 3,
        threads: int | None = None,
        executor: Executor | None = None,
        progress: bool | None = None,
    ) -> pd.DataFrame:
        """Find what journeys between many places take, cost and emit.

        Without `travellers` the journey of a cell is the one that `reach` shows: the earliest to
        arrive after `depart`, the latest to leave before `arrive`, the shortest of a day or window.
        With them it is the best one of `plan`, for each. Of journeys alike in all this, any.

        Parameters
        ----------
        origins, destinations : GeoDataFrame, list of places, optional
            Points in any coordinate reference system, with a column "id" that comes back; or as in
            `travel_times`. All stations by default.
        values : sequence of str
            Some of "travel_time", "transfers", "price", "co2" and, of travellers, "cost".
        depart, arrive, date, window : times, optional
            As in `reach`.
        within : duration, optional
            The longest travel time; what takes longer counts as not reached.
        percentiles : sequence of float, optional
            Over the minutes of the window at which one may set out, waiting included: in so many
            of a hundred minutes one is there as fast, or faster. ``[50]`` gives travel_time_p50 in
            the place of travel_time; the other values stay those of the shortest journey.
        travellers : Traveller, str, several of them, or a mapping name -> Traveller, optional
            Or names of presets. Those without a name are called "0", "1", ...
        needs : Needs, optional
            Hard limits that every journey obeys.
        days : int
            How many service days are searched.
        threads : int, optional
            As many as there are processors by default.
        executor, progress
            As in `travel_times`.

        Returns
        -------
        pandas.DataFrame
            A row for each pair (and traveller), origin by origin. Columns from_id, to_id (the
            places as they were given, as in `travel_times`; of a table of points its ids) and
            traveller, all three categorical, travel_time (timedelta64[s], as `reach` counts it;
            NaT where not reached), transfers (Int64), price_min, price_max (euros), co2_kg, cost
            (equivalent minutes); NaN where unknown, as the ticket of a way across a city by metro
            is, or not reached. Two places that share a station are 0 apart.

        Raises
        ------
        InvalidQuery
            If a value is not known, a table of points is empty, has no ids or no coordinate
            reference system, an id stands there twice: names the row.
        UnknownStation, AmbiguousStation
            Naming the row.
        OutsideCalendar
            If the day has no service.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> cities = ["Rennes", "Nantes", "Lyon"]
        >>> table = planner.matrix(cities, cities, date="2026-03-24")
        >>> list(table.columns[-3:])
        ['price_min', 'price_max', 'co2_kg']
        >>> planner.matrix(cities, ["Lyon"], depart="2026-03-24 08:00", window="2 h",
        ...                values="travel_time", percentiles=[50, 90]).columns[-1]
        'travel_time_p90'
        >>> who = {"me": mp.Traveller(max_transfers=1), "you": "wheelchair"}
        >>> both = planner.matrix(cities, ["Lyon"], depart="2026-03-24 08:00", travellers=who)
        >>> len(both)
        6
        """
        from mobiplan.analysis.cells import Times
        from mobiplan.analysis.matrix import matrix

        return matrix(
            self if needs is None else self.under(needs),
            origins,
            destinations,
            values=values,
            times=Times(depart, arrive, date, window, within, days),
            percentiles=percentiles,
            travellers=travellers,
            threads=threads,
            executor=executor,
            progress=progress,
        )

    def reach(
        self,
        place: PlaceLike,
        within: times.DurationLike,
        *,
        depart: times.TimeLike | None = None,
        arrive: times.TimeLike | None = None,
        date: times.DateLike | None = None,
        window: times.DurationLike | None = None,
        towards: bool | None = None,
        traveller: Traveller | str | None = None,
        needs: Needs | None = None,
        max_transfers: int | None = None,
        budget: float | None = None,
        max_co2_kg: float | None = None,
        days: int = 3,
    ) -> Reach:
        """Find the stations within reach of a place, each with the best journey there.

        With `depart` alone the best journey is the one of `earliest_arrival`, and its travel time
        counts from `depart`. On a day or in a window it is the shortest that leaves in it (then the
        one with fewest changes, then the first). With `arrive` alone it is the one of
        `latest_departure` from each station to the place, counted until `arrive`. Of journeys
        alike in all this, any.

        Parameters
        ----------
        place : place
            As in `earliest_arrival`.
        within : duration
            The longest travel time, such as ``"5 h"``.
        depart, arrive, date, window : times, optional
            Not before; not after; a local day; so long after `depart`.
        towards : bool, optional
            Journeys to the place from everywhere; by default with `arrive` alone.
        traveller : Traveller or str, optional
            Whose needs hold, who pays, and how fast one walks; weights rank nothing here.
        needs : Needs, optional
            Hard limits besides the traveller's own; the stricter holds.
        max_transfers : int, optional
            Short for ``needs=Needs(max_transfers=...)``.
        budget : float, optional
            The most that a journey costs, in euros at the traveller's end of its range of prices
            (the middle by default). Exact: a station has the best of the journeys that keep to it.
            An unknown fare counts as a high one.
        max_co2_kg : float, optional
            The most that a journey emits, likewise.
        days : int
            How many service days are searched.

        Returns
        -------
        Reach
            ``to_frame()`` is a GeoDataFrame, ``isochrones(...)`` areas, ``explore()`` a map,
            ``journey(station)`` the journey.

        Raises
        ------
        UnknownStation, AmbiguousStation, OutsideCalendar
            As in `earliest_arrival`.
        InvalidQuery
            If times are missing or malformed; if journeys towards a place are to keep a budget or
            a limit on walking, waits, duration or stations to pass.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> reach = planner.reach("Rennes", "5 h", date="2026-03-24", max_transfers=1)
        >>> int(reach.to_frame()["transfers"].max())
        1
        >>> len(planner.reach("Rennes", "5 h", date="2026-03-24", budget=40)) < len(reach)
        True
        """
        from mobiplan.analysis.reach import reach

        return reach(
            self,
            place,
            within,
            depart=depart,
            arrive=arrive,
            date=date,
            window=window,
            towards=towards,
            traveller=traveller,
            needs=needs,
            max_transfers=max_transfers,
            budget=budget,
            max_co2_kg=max_co2_kg,
            days=days,
        )

    def replan(
        self,
        journey: Journey,
        *,
        at: times.TimeLike,
        delay: times.DurationLike | None = None,
        needs: Needs | None = None,
    ) -> JourneySet:
        """Find the way on that arrives first, for who follows a journey and is somewhere on it.

        At `at` the traveller has not gone yet, sits in one of the trains, waits at a station for
        the next one, or is on foot. From a train they may get off sooner than planned, later, or
        as planned; from a station they take whatever is still caught, and a walk that has begun
        is finished first. Of several ways that arrive at the same minute the one with fewest
        changes is taken (in a station: first the one that leaves last).

        The delay goes with the vehicle: portions coupled to the train are as late, and so is the
        trip in which one stays seated. Guaranteed changes wait, however long; others may be
        missed. A leg by a late train says so in its note ("12 min late"); its times are the
        late ones.

        Parameters
        ----------
        journey : Journey
            As this planner, or one under needs, found it; also one that `replan` returned.
        at : time
            When. What the timetable has before has happened as planned.
        delay : duration, optional
            From then on, how late against the timetable the train is that the traveller sits in,
            or else the next one of the journey. Left out: as known when `journey` was found.
        needs : Needs, optional
            Hard limits of the way on, counted from here; by default those of the journey.

        Returns
        -------
        JourneySet
            At most one: the rest of the train that they sit in, from where it called last, and
            what follows; in a station, from the next train or walk on. An empty set says why in
            its ``diagnosis``.

        Raises
        ------
        InvalidQuery
            If `at` lies after the journey or more than a day before it, if the delay is negative
            or there is no train that could be late, if the journey is of another timetable, or if
            the needs refuse the train that the traveller is in.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> journey = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00").best
        >>> late = planner.replan(journey, at=journey.departure, delay="45 min").best
        >>> late.arrival > journey.arrival
        True
        >>> late.legs[0].note
        '45 min late'
        """
        from mobiplan.planner.following import replan

        return replan(self, journey, at=at, delay=delay, needs=needs)

    def graph(self, date: times.DateLike, days: int = 1) -> TimeExpandedGraph:
        """Return the time-expanded graph of `days` service dates from `date`.

        Trains that left on earlier service dates and are still under way are in it too.

        Parameters
        ----------
        date : day
            The first service date.
        days : int
            How many.

        Raises
        ------
        OutsideCalendar
            If `date` has no service.
        InvalidQuery
            If `days` is less than 1.

        Examples
        --------
        >>> import mobiplan as mp
        >>> graph = mp.Planner(mp.sample()).graph("2026-03-24", days=2)
        >>> graph.horizon
        '2026-03-23 to 2026-03-25'
        """
        if days < 1:
            raise InvalidQuery(f"days={days!r}: at least one service date is needed")
        first = self.timetable.require_date(times.parse_date(date))
        return self.windows.of(first, days)[0]

    def station(self, place: PlaceLike, facts: FactsLike | None = None) -> StationPage:
        """Return a station's page: facts, departures, direct places, how long changes take.

        Parameters
        ----------
        place : place
            A station's name or id, a city, or a list of these.
        facts : Access, DataFrame or mapping, optional
            What open data say of the station; unknown where nobody does.

        Raises
        ------
        UnknownStation, AmbiguousStation
            With the nearest names, or the candidates.
        InvalidQuery
            If it is no place with a station.

        Examples
        --------
        >>> import mobiplan as mp
        >>> page = mp.Planner(mp.sample()).station("Lyon Part Dieu")
        >>> page.direct("2026-03-24")["name"].iloc[0]
        'Bourgoin-Jallieu'
        """
        from mobiplan.maps.station import StationPage

        if facts is None and self.data is not None:
            facts = self.attributes.access
        return StationPage(self, place, facts)

    # ------------------------------------------------------------------ answering

    def _ask(
        self,
        method: str,
        origin: PlaceLike,
        destination: PlaceLike,
        depart: times.TimeLike | None,
        arrive: times.TimeLike | None,
        date: times.DateLike | None,
        days: int,
        engine: Engine,
    ) -> JourneySet:
        if engine not in ENGINES:
            raise InvalidQuery(f"engine={engine!r}: one of {', '.join(map(repr, ENGINES))}")
        if not isinstance(days, int) or days < 1:
            raise InvalidQuery(f"days={days!r}: a whole number of service days, at least 1")
        start = self.places.resolve(origin, "origin")
        end = self.places.resolve(destination, "destination")
        not_before, not_after, before = self._bounds(method, start, depart, arrive, date)
        self.places.refuse_one_place(start, end)
        backward = method == "latest_departure" and before is None
        instant = not_after if backward else not_before
        assert instant is not None  # _bounds has seen to it
        graph, graph_seconds = self.windows.around(instant, days, backward=backward)
        question = Question(method, start, end, not_before, not_after, days, before)
        asked = question
        if method == "latest_departure" and before is not None:
            question = self._before_the_morning(graph, question, engine)
        began = time.perf_counter()
        itinerary, looked_at = self.search(graph, question, engine)
        night = None if before is None or method != "latest_departure" else before - graph.epoch
        if itinerary and night is not None and _waits_at(graph, itinerary, night):
            by_night = dataclasses.replace(question, arrive=before)
            at_home, again = self.search(graph, by_night, engine)
            itinerary, looked_at = at_home or itinerary, looked_at + again
        seconds = time.perf_counter() - began
        statistics = Statistics(
            "scan" if engine == "auto" else engine,
            looked_at,
            seconds,
            graph_seconds,
            graph.horizon,
        )
        found = (itinerary,) if itinerary else ()
        diagnosis = "" if itinerary else partial(diagnose, self, graph, asked)
        return JourneySet(self, question, graph, found, statistics, diagnosis)

    def _before_the_morning(
        self, graph: TimeExpandedGraph, question: Question, engine: Engine
    ) -> Question:
        """Bound the last journey of a day: nobody leaves who would arrive no later tomorrow."""
        morning = dataclasses.replace(
            question,
            method="earliest_arrival",
            depart=question.leave_before,
            arrive=None,
            leave_before=None,
        )
        first = self.search(graph, morning, engine)[0]
        if first is None:
            return question
        bound = graph.epoch + first.arrival - 1
        return dataclasses.replace(question, arrive=min(bound, question.arrive or bound))

    def search(
        self, graph: TimeExpandedGraph, question: Question, engine: Engine
    ) -> tuple[Itinerary | None, int]:
        """Answer a question on its graph; also return how many connections were looked at."""
        bounds = self.bounds_in(graph, question)
        ends = self.places.ends(question.origin, question.destination)
        earliest_arrival, latest_departure = self._searches
        search = latest_departure if question.method == "latest_departure" else earliest_arrival
        labels = self._labels(graph)
        found, looked_at = search(graph, labels, ends, bounds, engine)
        if self.timetable.rules.no_hop_shortcuts:
            from mobiplan.search.shortcuts import hop_shortcut

            refused: list[int] = []
            while found and (position := hop_shortcut(graph, found)) >= 0:
                refused.append(position)
                allowed = graph.without_boarding(refused)
                found, again = search(allowed, labels, ends, bounds, engine)
                looked_at += again
        itinerary = self._itinerary(graph, question, found) if found else None
        if self._limited:
            from mobiplan.planner.limited import search_limited

            found, again = search_limited(self, graph, question, itinerary)
            itinerary = self._itinerary(graph, question, found) if found else None
            looked_at += again
        walk = self._walk(graph, question)
        if walk and (itinerary is None or _comes_first(question, walk, itinerary)):
            itinerary = walk
        if (
            itinerary
            and question.method == "earliest_arrival"
            and question.leave_before is not None
            and graph.epoch + itinerary.departure >= question.leave_before
        ):
            itinerary = None  # of that day none arrives before the next day's first
        return itinerary, looked_at

    @cached_property
    def _searches(self) -> tuple[Search, Search]:
        """By earliest arrival and by latest departure: an import in `search` took 5 % of it."""
        from mobiplan.search.earliest import earliest_arrival, latest_departure

        return earliest_arrival, latest_departure

    def bounds_in(self, graph: TimeExpandedGraph, question: Question) -> Bounds:
        """Return the bounds in seconds of the graph; only what is proven lies within them."""
        depart = 0 if question.depart is None else max(question.depart - graph.epoch, 0)
        arrive = NEVER - 1 if question.arrive is None else question.arrive - graph.epoch
        # Nothing later is proven; nothing arrives later than the last train and a walk.
        last = graph.last_arrival + max(self.places.reach(question.destination).values())
        return Bounds(depart, min(arrive, graph.complete_until, last))

    def _itinerary(self, graph: TimeExpandedGraph, question: Question, found: Found) -> Itinerary:
        # Numbers of Python's at once: those of numpy are slow to work with one by one.
        rides = tuple(map(Ride._make, found.rides.tolist()))
        if any([ride.entry for ride in rides]):
            rides = tuple(
                ride._replace(entry=_entry(graph, before.alight, ride.board))
                if ride.entry
                else ride
                for before, ride in pairwise((rides[0], *rides))
            )
        rows, groups = graph.connections.rows, self.timetable.groups
        first = groups.boarding_station.item(rows.item(rides[0].board, BOARDING))
        last = groups.arrival_station.item(rows.item(rides[-1].alight, ALIGHTING))
        access = self.places.reach(question.origin)[first]
        egress = self.places.reach(question.destination)[last]
        return Itinerary(rides, found.departure, found.arrival, access, egress)

    @cached_property
    def attributes(self) -> Attributes:
        """Fares, emissions and facts of stations, each with its source.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> planner.attributes.fares().through(0, 0).is_known
        False
        """
        if self._for_all is not self:
            return self._for_all.attributes
        from mobiplan.attributes.door import Attributes

        return Attributes(self.timetable, self.data)

    def features(
        self, graph: TimeExpandedGraph, traveller: Traveller, question: Question | None = None
    ) -> Features:
        """Return what there is to weigh in the rides of a graph; kept while the graph is."""
        from mobiplan.planner.costing import features_of, steps_of
        from mobiplan.planner.suiting import preferred

        kept = self._features.setdefault(graph, {})
        steps = steps_of(traveller.preferences)
        criteria, asked = (question.criteria, question.preferred) if question else ((), ())
        policies = tuple(sorted({*asked, *preferred(self.needs, traveller.needs)}))
        ids = tuple(map(id, criteria))
        key = (traveller.passenger, traveller.price, steps, policies, ids)
        if key not in kept:
            while len(kept) >= FEATURES_KEPT:
                kept.pop(next(iter(kept)))
            # With the criteria, so that their ids stay theirs.
            kept[key] = features_of(self, graph, traveller, criteria, policies), criteria
        return kept[key][0]

    def terms(self, graph: TimeExpandedGraph, features: Features) -> Terms:
        """Return the features of a graph as the search for the least cost reads them; kept."""
        from mobiplan.search.terms import make_terms

        kept = self._terms.setdefault(graph, [])
        for terms in kept:
            if terms.features is features:
                return terms
        kept.append(make_terms(graph, features, self.places.pair_cross))
        del kept[:-FEATURES_KEPT]
        return kept[-1]

    @property
    def asks_singly(self) -> bool:
        """Whether no scan decides alone: limits of whole journeys hold."""
        return self.timetable.rules.no_hop_shortcuts or self._limited

    @cached_property
    def _limited(self) -> bool:
        """Whether some need is a matter of whole journeys."""
        if not self.needs:
            return False
        from mobiplan.planner.constraints import limited_by

        return bool(limited_by(self.needs))

    def walking_time(self, origin: Place, destination: Place) -> int | None:
        """Return the time from door to door on foot [s]; None: too far, or against the needs."""
        duration, needs = self.places.walking_time(origin, destination), self.needs
        if duration is None or not needs:
            return duration
        most = [needs.seconds("max_walking"), needs.seconds("max_duration")]
        if needs.via or any(limit is not None and duration > limit for limit in most):
            return None
        return duration

    def _walk(self, graph: TimeExpandedGraph, question: Question) -> Itinerary | None:
        """Return the walk from door to door where both places are within reach."""
        duration = self.walking_time(question.origin, question.destination)
        if duration is None:
            return None
        depart, arrive = question.depart, question.arrive
        if depart is not None and arrive is not None and depart + duration > arrive:
            return None
        if question.method == "latest_departure":
            assert arrive is not None  # also with a date: by the walk of the next morning
            depart = arrive - duration
        assert depart is not None
        begin = depart - graph.epoch
        return Itinerary((), begin, begin + duration, duration)

    # ------------------------------------------------------------------ places and times

    def place(self, value: PlaceLike, argument: str = "place") -> Place:
        """Return the stations that `value` stands for and the walk to each.

        What is asked often is resolved once: every question takes the result as a place.

        Parameters
        ----------
        value : place
            As in `earliest_arrival`.
        argument : str
            What errors call it.

        Returns
        -------
        Place
            label (text), stations (rows of ``timetable.stations``), walks (seconds to each), and
            lat and lon (degrees) where coordinates were given.

        Raises
        ------
        UnknownStation, AmbiguousStation
            With the nearest names, or the candidates.
        InvalidQuery
            If it is no place.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> [planner.timetable.stations.name[row] for row in planner.place("Lyon").stations]
        ['Lyon Part Dieu', 'Lyon Perrache']
        """
        return self.places.resolve(value, argument)

    def _bounds(
        self,
        method: str,
        origin: Place,
        depart: times.TimeLike | None,
        arrive: times.TimeLike | None,
        date: times.DateLike | None,
    ) -> tuple[int | None, int | None, int | None]:
        """Return not before, not after and "leaves before", in seconds since 1970 UTC."""
        before = None
        tz = times.zone(self.timetable.timezones[0])
        not_before = None if depart is None else times.parse_time(depart, tz, "depart")
        not_after = None if arrive is None else times.parse_time(arrive, tz, "arrive")
        if date is not None:
            here = self.timetable.stations.timezone[origin.stations[0]]
            local = times.zone(here) if here else tz
            not_sooner, before = times.calendar_day(times.parse_date(date), local)
            not_before = max(not_sooner, not_before or not_sooner)
            if method == "latest_departure":
                before += NIGHT_S
        first, last = self.timetable.dates[0], self.timetable.dates[-1]
        if method == "earliest_arrival" and not_before is None:
            raise InvalidQuery(
                f"when? give depart='{first} 08:00' or date='{first}' (there is no default 'now'; "
                f"this timetable runs from {first} to {last})"
            )
        if method == "latest_departure" and not_after is None and before is None:
            raise InvalidQuery(
                f"by when? give arrive='{first} 18:00' or date='{first}' (there is no default; "
                f"this timetable runs from {first} to {last})"
            )
        if not_before is not None and not_after is not None and not_before > not_after:
            raise InvalidQuery(
                f"depart {times.local_time(not_before, tz):%Y-%m-%d %H:%M} is after arrive "
                f"{times.local_time(not_after, tz):%Y-%m-%d %H:%M}"
            )
        return not_before, not_after, before

    def lines(self, graph: TimeExpandedGraph) -> Lines:
        """Return a graph's lines; they go when the graph goes."""
        from mobiplan.search.lines import make_lines

        lines = self._lines.get(graph)
        if lines is None:
            lines = self._lines[graph] = make_lines(graph)
        return lines

    def _labels(self, graph: TimeExpandedGraph) -> Labels:
        """Return this thread's label arrays for `graph`."""
        held: tuple[TimeExpandedGraph, Labels] | None = getattr(self._thread, "held", None)
        if held is None or held[0] is not graph:
            from mobiplan.search.earliest import make_labels

            held = (graph, make_labels(graph.connections, self.timetable.groups))
            self._thread.held = held
        return held[1]


def _planner_under(timetable: Timetable, data: OpenData | None, needs: Needs) -> Planner:
    """Make a planner anew, as pickle does."""
    return Planner(timetable, data=data).under(needs)


def _entry(graph: TimeExpandedGraph, left: int, boarded: int) -> int:
    """Return how an exceptional arc lets one go on: seated, or by a change of trains."""
    connections = graph.connections
    here = connections.exception_from == left
    arcs = np.flatnonzero(here & (connections.exception_to == boarded))
    return IN_SEAT if connections.exception_transfers[arcs].min() == 0 else GUARANTEED


def _waits_at(graph: TimeExpandedGraph, itinerary: Itinerary, moment: int) -> bool:
    """Whether one is neither there nor aboard a train at a moment of the graph."""
    rows = graph.connections.rows
    aboard = any(
        rows[ride.board, DEPARTURE] <= moment < rows[ride.alight, ARRIVAL]
        for ride in itinerary.rides
    )
    return bool(itinerary.rides) and itinerary.arrival > moment and not aboard


def _comes_first(question: Question, walk: Itinerary, other: Itinerary) -> bool:
    """Whether a walk beats a ride in the stated order; it has no transfers and no waiting.

    As the last train of a day a ride that takes no longer than the walk comes first: on foot one
    may go at any time, and by metro nobody knows until when.
    """
    if question.method == "latest_departure":
        quicker = other.arrival - other.departure <= walk.arrival - walk.departure
        if quicker and question.leave_before is not None:
            return False
        return (-walk.departure, walk.arrival) <= (-other.departure, other.arrival)
    return (walk.arrival, -walk.departure) <= (other.arrival, -other.departure)
