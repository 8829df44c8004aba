"""WeChat's domain files: the code itself to whoever asks, and nothing else under that name."""

import copy
import tomllib

import pytest

from tests.far_sides import EXAMPLE
from wxserver.app import create_app
from wxserver.settings import parse

ONE, OTHER = "aB3dE5fG7hJ9kL1m", "0123456789abcdef"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    document = copy.deepcopy(tomllib.loads(EXAMPLE.read_text("utf-8")))
    accounts = document["wechat"]["accounts"]
    accounts["jieyang"]["mp_verify"], accounts["jieyang_mini"]["mp_verify"] = [ONE], [OTHER]
    app = create_app(parse(document, "test", {"VAR_DIR": str(tmp_path_factory.mktemp("files"))}))
    yield app.test_client()
    app.extensions["world"].database.engine.dispose()


@pytest.mark.parametrize("code", [ONE, OTHER])
def test_the_file_of_any_account_is_its_code_and_needs_no_session(client, code):
    answer = client.get(f"/MP_verify_{code}.txt")
    assert (answer.status_code, answer.text) == (200, code)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    assert client.head(f"/MP_verify_{code}.txt").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        f"/MP_verify_{ONE.lower()}.txt",
        f"/MP_verify_{ONE[:-1]}.txt",
        f"/MP_verify_{ONE}.txt.bak",
        f"/mp_verify_{ONE}.txt",
        f"/MP_verify_{ONE}",
        "/MP_verify_.txt",
        "/MP_verify_%00.txt",
        "/MP_verify_..%2f..%2fconfig.toml.txt",
        "/MP_verify_<script>.txt",
    ],
)
def test_any_other_name_is_not_found_and_not_repeated(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "script>.txt" not in answer.text


def test_it_is_only_read(client):
    assert client.post(f"/MP_verify_{ONE}.txt").status_code == 405
