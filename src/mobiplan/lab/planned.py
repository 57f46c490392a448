"""Trips on a timetable: what simulated travellers choose from are journeys that run."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan.errors import NoJourney
from mobiplan.opendata import sample_data
from mobiplan.planner import Planner
from mobiplan.planner.asking import Offer, Trip, sampled
from mobiplan.planner.pricing import personal_of
from mobiplan.planner.suiting import preferred
from mobiplan.timetable.loading import sample
from mobiplan.traveller.choices import Floats
from mobiplan.traveller.learning import learn
from mobiplan.traveller.traveller import Likely, Traveller

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class PlannedTrips:
    """Trips, the journeys that each offers, and a few that are planned anew for each person.

    Parameters
    ----------
    planner : Planner
    features : tuple of str
        K names.
    offers : tuple of Offer
        What travellers choose from.
    asked : tuple of (origin, destination, depart)
        Trips to plan, none of which is offered.
    weights : mapping
        Those of the traveller around whom the others are drawn, by feature.

    Examples
    --------
    >>> trips = planned_trips(3, 1)
    >>> len(trips.asked), trips.least(trips.weights).shape
    (1, (1,))
    """

    planner: Planner
    features: tuple[str, ...]
    offers: tuple[Offer, ...]
    asked: tuple[Trip, ...]
    weights: Mapping[str, float]

    def situations(
        self, n_situations: int, random_state: int = 0, *, context: str | None = None
    ) -> pd.DataFrame:
        """Return situations to choose in, drawn from what the trips offer.

        Parameters
        ----------
        n_situations : int
            How many.
        random_state : int
            Seed.
        context : str, optional
            The context of all of them.

        Returns
        -------
        pandas.DataFrame
            situation, option, context if given, and the features (float64); a row per option.

        Examples
        --------
        >>> planned_trips(3, 1).situations(5, context="commute")["context"].unique().tolist()
        ['commute']
        """
        import pandas as pd

        rng = np.random.default_rng(random_state)
        drawn = [self.offers[k] for k in rng.integers(len(self.offers), size=n_situations)]
        sizes = [len(offer.journeys) for offer in drawn]
        table = pd.DataFrame(
            np.concatenate([offer.amounts for offer in drawn]), columns=list(self.features)
        )
        table.insert(0, "situation", np.repeat(np.arange(n_situations), sizes))
        table.insert(1, "option", np.concatenate([np.arange(size) for size in sizes]))
        if context is not None:
            table["context"] = context
        return table

    def least(self, weights: Mapping[str, float]) -> Floats:
        """Return what the best journey of each trip asked costs a traveller.

        Parameters
        ----------
        weights : mapping of str to float
            Equivalent minutes per unit.

        Returns
        -------
        (n_trips,) float64
            Equivalent minutes.

        Examples
        --------
        >>> trips = planned_trips(3, 1)
        >>> bool((trips.least(trips.weights) > 0).all())
        True
        """
        return self._costs(Traveller.from_weights(weights), weights)

    def regret(
        self, model: Any, weights: Mapping[str, float], least: Floats | None = None
    ) -> Floats | None:
        """Return what the best journey planned for a model costs a traveller over `least`.

        A model that plans by itself has ``plan(origin, destination, depart)`` and returns a
        JourneySet; for others the planner plans, if it knows how (`Likely`).

        Parameters
        ----------
        model : object
            What a learner made.
        weights : mapping of str to float
            The traveller's true ones, equivalent minutes per unit.
        least : (n_trips,) float64, optional
            As `least` returns it; worked out if left out.

        Returns
        -------
        (n_trips,) float64 or None
            Equivalent minutes; None where neither can be asked.

        Examples
        --------
        Who knows the weights regrets nothing:

        >>> trips = planned_trips(3, 1)
        >>> trips.regret(learn(None, prior=trips.weights), trips.weights).round(6)
        array([0.])
        """
        if not (hasattr(model, "plan") or isinstance(model, Likely)):
            return None
        least = self.least(weights) if least is None else least
        return self._costs(model, weights) - least

    def _costs(self, model: Any, weights: Mapping[str, float]) -> Floats:
        truly = Traveller.from_weights(weights)
        costs = []
        for origin, destination, depart in self.asked:
            if hasattr(model, "plan"):
                found = model.plan(origin, destination, depart)
            else:
                found = self.planner.plan(
                    origin, destination, depart=depart, traveller=model, draws=0
                )
            costs.append(personal_of(found[:1], truly).cost(0))
        return np.array(costs)


@functools.lru_cache(maxsize=4)
def planned_trips(
    n: int = 30,
    n_asked: int = 3,
    *,
    planner: Planner | None = None,
    around: str = "standard",
    random_state: int = 0,
) -> PlannedTrips:
    """Return trips between busy stations that leave a choice.

    Parameters
    ----------
    n, n_asked : int
        Trips to choose on, and trips to plan.
    planner : Planner, optional
        On the bundled timetable if left out.
    around : str
        The preset for whom, and for travellers near whom, journeys are offered.
    random_state : int
        Seed of the trips.

    Returns
    -------
    PlannedTrips
        `n` to choose on, and `n_asked` others.

    Raises
    ------
    NoJourney
        If the timetable has not so many trips that leave a choice.

    Examples
    --------
    >>> trips = planned_trips(3, 1)
    >>> len(trips.offers), trips.situations(5)["situation"].nunique()
    (3, 5)
    """
    if planner is None:
        planner = Planner(sample(), data=sample_data())
    traveller = Traveller.preset(around)
    model = learn(None, prior=traveller)
    found = tuple(sampled(planner, model, random_state, n + n_asked))
    if len(found) < n + n_asked:
        raise NoJourney(f"only {len(found)} trips leave a choice, {n + n_asked} were asked for")
    # What suits costs only who asks for it.
    idle = () if preferred(traveller.needs) else ("unsuited",)
    kept = [k for k, name in enumerate(model.features_in_) if name not in idle]
    features = tuple(model.features_in_[k] for k in kept)
    offers = tuple(offer._replace(amounts=offer.amounts[:, kept]) for offer in found[:n])
    weights = {name: traveller.weights.get(name, 0.0) for name in features}
    asked = tuple(offer.trip for offer in found[n:])
    return PlannedTrips(planner, features, offers, asked, weights)
