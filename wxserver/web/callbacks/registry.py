"""Events of the card registry."""

from flask import Response

from wxserver.web.bodies import read_body
from wxserver.web.callbacks.blueprint import blueprint, headers, told
from wxserver.web.desk import desk


@blueprint.post("/registry/events")
def registry_event() -> Response:
    """A signed event: a production moved on, a card changed its state."""
    answer = desk().carrying.registry_event(headers(), read_body())
    return told(answer.status, answer.body)
