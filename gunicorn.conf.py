"""How gunicorn serves the app: `gunicorn wsgi:app` reads this file by itself."""

import os
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
# One process in the embedded size: SQLite, the memory limiter and the jobs thread live in it.
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
worker_class = "gthread"
threads = 16
# Longer than a submit that waits for a far side; a worker that hangs beyond it is replaced.
timeout = 60
graceful_timeout = 15
keepalive = 5
# Nobody steers a running server through a socket here.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Start the jobs thread: here, because it must not run before the fork nor when the command line imports wsgi."""
    worker.app.callable.extensions["jobs"].start()


def worker_exit(_server: Any, worker: Any) -> None:
    """Let the jobs end what they have in hand."""
    worker.app.callable.extensions["jobs"].stop()
