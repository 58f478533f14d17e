"""For a production server: `gunicorn wsgi:app` or any other that takes a WSGI application."""

from geoservice.settings import Settings
from geoservice.web import create_app

app = create_app(Settings.from_env())
