"""The only room that knows Flask: routes parse, call and serialise."""

from geoservice.web.app import create_app

__all__ = ["create_app"]
