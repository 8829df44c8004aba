"""How gunicorn serves the peers: exactly as it serves our app, without our app's workers."""

import runpy
from pathlib import Path

_OURS = runpy.run_path(str(Path(__file__).resolve().parents[3] / "gunicorn.conf.py"))

bind = _OURS["bind"]
workers = _OURS["workers"]
worker_class = _OURS["worker_class"]
threads = _OURS["threads"]
timeout = _OURS["timeout"]
graceful_timeout = _OURS["graceful_timeout"]
keepalive = _OURS["keepalive"]
control_socket_disable = _OURS["control_socket_disable"]
