"""Places as a table of points: the caller's GeoDataFrame, whose ids come back in every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobiplan.errors import InvalidQuery, UnknownStation

if TYPE_CHECKING:
    from mobiplan.journeys.itinerary import Place
    from mobiplan.planner.places import Places


def is_frame(value: Any) -> bool:
    """Whether a value is a table, with or without a geometry."""
    return hasattr(value, "columns") and hasattr(value, "iloc")


def places_of_frame(places: Places, frame: Any, argument: str) -> tuple[list[Any], list[Place]]:
    """Return the ids and the places of a table of points.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        A point in each row, in any coordinate reference system, and a column "id".
    argument : str
        What the caller calls the table, for errors.

    Raises
    ------
    InvalidQuery
        If the table is empty, has no geometry, no reference system or no ids; if an id stands
        there twice; if a row holds no point, or none on earth. Names the row.
    UnknownStation
        If no station is near the point of a row; names the row.
    """
    columns = ", ".join(map(repr, frame.columns))
    if not hasattr(frame, "geometry") or not hasattr(frame, "crs"):
        raise InvalidQuery(
            f"{argument} is a table without a geometry (columns {columns}): give a GeoDataFrame of "
            "points, geopandas.GeoDataFrame(frame, geometry=geopandas.points_from_xy(lon, lat), "
            "crs=4326), or a list of names"
        )
    if not len(frame):
        raise InvalidQuery(
            f"{argument} is an empty table: give points, or leave {argument} out for all stations"
        )
    if "id" not in frame.columns:
        raise InvalidQuery(
            f"{argument} has no column 'id' (columns {columns}): name what the answer should call "
            "each point, frame['id'] = frame.index"
        )
    if frame.crs is None:
        raise InvalidQuery(
            f"{argument} does not say its coordinate reference system: frame.set_crs(4326) if its "
            "points are longitude and latitude in degrees, frame.set_crs(2154) for Lambert-93"
        )
    ids = frame["id"].tolist()
    first: dict[Any, int] = {}
    for row, name in enumerate(ids):
        if name is None or name != name:
            raise InvalidQuery(f"{argument}: row {row} has no id")
        if name in first:
            raise InvalidQuery(
                f"{argument}: the id {name!r} stands in rows {first[name]} and {row}; each point "
                "needs one of its own"
            )
        first[name] = row
    shapes = frame.geometry.to_crs(4326) if frame.crs.to_epsg() != 4326 else frame.geometry
    found = []
    for row, (name, shape) in enumerate(zip(ids, shapes, strict=True)):
        where = f"{argument}: row {row} (id {name!r})"
        if shape is None or shape.is_empty or shape.geom_type != "Point":
            kind = "nothing" if shape is None or shape.is_empty else f"a {shape.geom_type}"
            raise InvalidQuery(f"{where} holds {kind}, not a Point: frame.geometry.centroid?")
        if not (-180 <= shape.x <= 180 and -90 <= shape.y <= 90):
            raise InvalidQuery(
                f"{where} lies at x={shape.x}, y={shape.y}, which is nowhere on earth in "
                f"{frame.crs.name}: is that the table's coordinate reference system?"
            )
        try:
            found.append(places.resolve(shape, where))
        except UnknownStation as error:
            raise UnknownStation(str(error)) from None
    return ids, found
