"""What many journeys say together: reach, isochrones, matrices, scenarios compared."""
