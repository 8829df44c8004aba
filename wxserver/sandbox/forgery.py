"""Somebody who is not the identity provider tries to pass for it: a callback under a key that nobody has."""

import json
import secrets

from wxserver.sandbox import signatures, traffic
from wxserver.sandbox.outbox import TIMEOUT, post
from wxserver.sandbox.world import World


def attempt(here: World) -> int | None:
    """Send the app a result that no provider has given; the status that the app answers, None for no answer."""
    path = f"/identity/{next(iter(here.settings.providers), 'signed')}/callback"
    data = {"reference": secrets.token_hex(12), "provider_reference": f"v{secrets.token_hex(12)}", "result": "passed"}
    event = {"type": "verification.completed", "timestamp": here.clock.text(), "data": data}
    body = json.dumps(event).encode()
    headers = signatures.headers(
        (secrets.token_bytes(32),), f"msg_{secrets.token_hex(12)}", int(here.clock.timestamp()), body
    )
    exchange = traffic.Exchange(
        target="identity",
        sender="stranger",
        receiver="app",
        method="POST",
        path=path,
        meaning="假冒告知：人脸核验通过",
        proof="forged",
    )
    with here.database.write() as connection:
        traffic.begin(connection, here.clock, exchange)
    status, _ = post(here.settings.public_url + path, headers | {"content-type": "application/json"}, body, TIMEOUT)
    traffic.finish(here.database, exchange, status)
    return status
