"""`Attributes`: the one door to what is known of rides and stations beside their times."""

from __future__ import annotations

from functools import cached_property

from mobiplan.attributes.access import Access, make_access
from mobiplan.attributes.emissions import Emissions, make_emissions
from mobiplan.attributes.fare_tables import FareTables, make_fare_tables
from mobiplan.attributes.fares import Fares, make_fares
from mobiplan.attributes.passenger import Passenger
from mobiplan.opendata.dataset import Source
from mobiplan.opendata.tables import OpenData
from mobiplan.timetable.timetable import Timetable


class Attributes:
    """Fares, emissions and access for a timetable, made when first asked for and kept.

    Parameters
    ----------
    timetable : Timetable
        Whose legs, hops and stations are told about.
    data : OpenData, optional
        Published tables; without them everything is modelled, assumed or unknown, and says so.

    Examples
    --------
    >>> import mobiplan as mp
    >>> from mobiplan.opendata import sample_data
    >>> timetable = mp.sample()
    >>> attributes = Attributes(timetable, sample_data())
    >>> names = timetable.stations.name
    >>> paris, rennes = names.index("Paris Montparnasse"), names.index("Rennes")
    >>> attributes.fares().through(paris, rennes).label.word
    'published'
    """

    def __init__(self, timetable: Timetable, data: OpenData | None = None) -> None:
        self.timetable = timetable
        self.data = data
        self._fares: dict[Passenger, Fares] = {}

    @cached_property
    def fare_tables(self) -> FareTables:
        """The published fares, whoever pays."""
        return make_fare_tables(self.timetable, self.data)

    def fares(self, passenger: Passenger | None = None) -> Fares:
        """Return what a passenger pays; made once for each passenger.

        Parameters
        ----------
        passenger : Passenger, optional
            An adult in second class without cards if left out.

        Returns
        -------
        Fares
            Euros for every leg of the timetable, each published, modelled, assumed or unknown.

        Examples
        --------
        >>> import mobiplan as mp
        >>> fares = mp.Attributes(mp.sample(), mp.sample_data()).fares(mp.Passenger(class_=1))
        >>> fares.passenger.class_
        1
        """
        passenger = passenger or Passenger()
        if passenger not in self._fares:
            self._fares[passenger] = make_fares(self.fare_tables, passenger)
        return self._fares[passenger]

    @cached_property
    def emissions(self) -> Emissions:
        """What rides emit per passenger [kg CO2e], made when first asked for.

        Examples
        --------
        >>> import mobiplan as mp
        >>> mp.Attributes(mp.sample()).emissions.source.dataset
        'emission-co2-perimetre-complet'
        """
        tables = self.fare_tables
        return make_emissions(self.timetable, self.data, tables.distances, tables.legs)

    @cached_property
    def access(self) -> Access:
        """What stations offer: yes, no or unknown, made when first asked for.

        Examples
        --------
        >>> import mobiplan as mp
        >>> timetable = mp.sample()
        >>> access = mp.Attributes(timetable, mp.sample_data()).access
        >>> access.fact(timetable.stations.name.index("Rennes"), "step_free").value
        'yes'
        """
        return make_access(self.timetable, self.data)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where the tables come from; none without tables.

        Examples
        --------
        >>> import mobiplan as mp
        >>> [source.licence for source in mp.Attributes(mp.sample(), mp.sample_data()).sources][:1]
        ['ODbL 1.0']
        >>> mp.Attributes(mp.sample()).sources
        ()
        """
        return () if self.data is None else tuple(self.data.source(name) for name in self.data)

    def __repr__(self) -> str:
        return f"Attributes({self.timetable!r}, {self.data!r})"
