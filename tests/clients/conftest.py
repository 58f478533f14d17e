"""The services that clients are pointed at."""

from odd_services import city_service, odd, odd_folder

__all__ = ["city_service", "odd", "odd_folder"]
