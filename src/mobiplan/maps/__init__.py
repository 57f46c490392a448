"""What people look at: maps and diagrams of journeys, stations and networks.

Reached through what they show: ``journeys.explore()``, ``.plot()``, ``.plot_profile()``,
``.plot_pareto()``, ``.plot_timeline()``; ``timetable.explore()``, ``.plot_marey()``;
``planner.station(...)``. Maps that can be moved are `mobiplan.maps.page.Map`: folium maps whose
saved page is whole in itself and needs no network, no tiles and no server. Still pictures are drawn
by matplotlib, on the axes given or on new ones.

One palette (`mobiplan.maps.palette`) gives each brand its colour everywhere.
"""
