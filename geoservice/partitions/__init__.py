"""Sources in files by square of the plane, so that figures of many millions are made square by square, anywhere."""

from geoservice.partitions.engine import in_threads, on_cluster, require_scheduler
from geoservice.partitions.folder import Partitions, open_partitions
from geoservice.partitions.ground import write_ground
from geoservice.partitions.measure import ZoneFigures, figures
from geoservice.partitions.sources import read_views, sources_of_question
from geoservice.partitions.write import write_partitions

__all__ = [
    "Partitions",
    "ZoneFigures",
    "figures",
    "in_threads",
    "on_cluster",
    "open_partitions",
    "read_views",
    "require_scheduler",
    "sources_of_question",
    "write_ground",
    "write_partitions",
]
