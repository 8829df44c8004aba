"""The WSGI app: `gunicorn wsgi:app`. `WXSERVER_CONFIG` names the config file (default `config.toml`)."""

import os
import sys

from wxserver import log
from wxserver.app import create_app
from wxserver.settings import SettingsFault, load

log.configure()
try:
    app = create_app(load(os.environ.get("WXSERVER_CONFIG", "config.toml")))
except SettingsFault as fault:
    sys.exit("The configuration can't be used:\n" + "\n".join(f"  - {each}" for each in fault.faults))
