"""The open-data platforms' tables: one file a data set, read in both of their spellings."""

from mobiplan.opendata.dataset import Source
from mobiplan.opendata.downloading import download
from mobiplan.opendata.tables import OpenData, open_data, sample_data

__all__ = ["OpenData", "Source", "download", "open_data", "sample_data"]
