"""For a production server: `gunicorn wsgi:app` or any other that takes a WSGI application."""

import gc

from geoservice.collecting import collect_rarely
from geoservice.settings import Settings
from geoservice.web import create_app
from geoservice.web.service import EXTENSION
from geoservice.web.warm import warm_layers

collect_rarely()
app = create_app(Settings.from_env())
warm_layers(app.extensions[EXTENSION])
gc.collect()
gc.freeze()  # the collector writes to no page of what was made, so that processes that part now go on sharing it
