"""What is kept on the disk between runs: bytes by key, and tables as bytes."""

from geoservice.cache.disk import DiskCache, Usage, open_cache

__all__ = ["DiskCache", "Usage", "open_cache"]
