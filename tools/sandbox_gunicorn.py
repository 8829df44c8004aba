"""How gunicorn serves the sandbox; the app's own gunicorn.conf.py is not read then."""

import os
from email.utils import formatdate
from typing import Any

from gunicorn import util

bind = f"127.0.0.1:{os.environ.get('SANDBOX_PORT', '8001')}"
workers = 1
worker_class = "gthread"
# Many, because a far side that keeps somebody waiting on purpose holds a thread meanwhile.
threads = 64
timeout = 120
graceful_timeout = 3
keepalive = 5
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Let gunicorn's own `Date` follow the sandbox's clock, as all else that the far sides say does."""
    clock = worker.wsgi.extensions["sandbox"].clock
    util.http_date = lambda timestamp=None: formatdate(
        clock.timestamp() if timestamp is None else timestamp, usegmt=True
    )
