"""The app by the name that Faust's own command line asks for: `faust -A stream_processors.app worker`."""

from schemas.settings import settings
from stream_processors.processor import make_app

app = make_app(settings())
