"""What can be drawn of a journey and of a set of journeys; each picture is a file of `maps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mobiplan.journeys.journey import Journey
    from mobiplan.journeys.journey_set import JourneySet
    from mobiplan.maps.page import Map


class JourneyPictures:
    """The pictures of a `Journey`."""

    def explore(self) -> Map:
        """Return a map of the journey that can be moved and asked; see `mobiplan.maps`.

        A folium map: shown in a notebook, and ``.save("journey.html")`` writes a page that needs
        no network.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> page = found.best.explore().get_root().render()
        >>> "Paris Montparnasse" in page
        True
        """
        from mobiplan.maps.journey_map import journey_map

        return journey_map(cast("Journey", self))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the journey on a map, with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; on new axes if left out.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> [text.get_text() for text in found.best.plot().get_legend().get_texts()]
        ['TGV INOUI', 'Train TER', 'across the city']
        """
        from mobiplan.maps.journey_plot import journey_plot

        return journey_plot(cast("Journey", self), ax)

    def plot_timeline(self, ax: Axes | None = None) -> Axes:
        """Draw the journey leg by leg on a scale of time, with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; on new axes if left out.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> len(found.best.plot_timeline().get_yticks()) == len(found.best.legs)
        True
        """
        from mobiplan.maps.timeline import timeline

        return timeline(cast("Journey", self), ax)


class SetPictures:
    """The pictures of a `JourneySet`; one of an empty set raises `NoJourney`."""

    def explore(self) -> Map:
        """Return a map of the journeys that can be moved and asked; see `mobiplan.maps`.

        Choose a journey in the list to see it alone. A folium map: shown in a notebook, and
        ``.save("journeys.html")`` writes a page that needs no network.

        Examples
        --------
        >>> import mobiplan as mp
        >>> day = mp.Planner(mp.sample()).profile("Rennes", "Grenoble", date="2026-03-24")
        >>> page = day.explore().get_root().render()
        >>> "Lyon Part Dieu" in page
        True
        """
        from mobiplan.maps.journey_map import journey_map

        return journey_map(cast("JourneySet", self))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the journeys on a map, with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; on new axes if left out.

        Examples
        --------
        >>> import mobiplan as mp
        >>> day = mp.Planner(mp.sample()).profile("Rennes", "Brest", date="2026-03-24")
        >>> day.plot().get_title(loc="left")
        'Rennes → Brest, Tue 24 Mar 2026'
        """
        from mobiplan.maps.journey_plot import journey_plot

        return journey_plot(cast("JourneySet", self), ax)

    def plot_profile(self, ax: Axes | None = None) -> Axes:
        """Draw departure against arrival as a staircase: the departures of a day at a glance.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; on new axes if left out.

        Examples
        --------
        >>> import mobiplan as mp
        >>> day = mp.Planner(mp.sample()).profile("Rennes", "Brest", date="2026-03-24")
        >>> day.plot_profile().get_ylabel()
        'arrival'
        """
        from mobiplan.maps.staircase import staircase

        return staircase(cast("JourneySet", self), ax)

    def plot_pareto(
        self, x: str = "duration", y: str = "transfers", ax: Axes | None = None
    ) -> Axes:
        """Draw the journeys by two criteria, and join those that no other beats in both.

        Parameters
        ----------
        x, y : {"duration", "transfers", "walking", "price", "co2", "cost"}
        ax : matplotlib.axes.Axes, optional

        Raises
        ------
        InvalidQuery
            If a criterion is unknown.

        Examples
        --------
        >>> import mobiplan as mp
        >>> day = mp.Planner(mp.sample()).profile("Rennes", "Brest", date="2026-03-24")
        >>> day.plot_pareto("duration", "transfers").get_ylabel()
        'changes'
        """
        from mobiplan.maps.pareto import pareto

        return pareto(cast("JourneySet", self), x, y, ax)

    def plot_timeline(self, ax: Axes | None = None) -> Axes:
        """Draw the journeys as bars on one scale of time, a row each.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; on new axes if left out.

        Examples
        --------
        >>> import mobiplan as mp
        >>> day = mp.Planner(mp.sample()).profile("Rennes", "Brest", date="2026-03-24")
        >>> len(day.plot_timeline().get_yticks()) == len(day)
        True
        """
        from mobiplan.maps.timeline import timeline

        return timeline(cast("JourneySet", self), ax)
