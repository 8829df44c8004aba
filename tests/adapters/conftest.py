import pytest

from tests.adapters.scripted import far_side
from wxserver.adapters.http import RequestsHttp


@pytest.fixture
def side():
    with far_side() as running:
        yield running


@pytest.fixture
def http():
    client = RequestsHttp(timeout=0.6)
    yield client
    client.close()
