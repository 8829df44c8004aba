"""The port `Http` over requests: whatever the far side does, one answer in time or `Unavailable`."""

import datetime as dt
import ipaddress
import logging
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.util import connection

from tests.adapters.scripted import far_side, json_answer, plain_answer, raw_answer
from wxserver.adapters.http import RequestsHttp
from wxserver.ports import Unavailable

HEAD = b"HTTP/1.1 200 OK\r\n"


def took(call):
    began = time.monotonic()
    with pytest.raises(Unavailable):
        call()
    return time.monotonic() - began


def test_an_answer_comes_back_whole_whatever_its_status(http, side):
    side.says(json_answer({"a": "林"}, 418, "Application/JSON; charset=utf-8"))
    answer = http.send("POST", side.url + "/a/b?c=d", {"X-One": "1"}, b'{"x":1}')
    assert (answer.status, answer.content_type, answer.body) == (418, "application/json", b'{"a": "\\u6797"}')
    assert (side.last.method, side.last.path, side.last.body) == ("POST", "/a/b?c=d", b'{"x":1}')
    assert side.last.headers["x-one"] == "1"
    assert side.last.headers["accept-encoding"] == "identity"


def test_an_answer_without_a_body_or_in_chunks_is_an_answer(http, side):
    side.says(plain_answer(b""), raw_answer(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"))
    assert http.send("GET", side.url, {}).body == b""
    assert http.send("GET", side.url, {}).body == b"abc"


def test_a_redirect_is_not_followed(http, side):
    side.says(plain_answer(b"", 307, Location="/elsewhere"))
    assert http.send("POST", side.url + "/here", {}, b"{}").status == 307
    assert [request.path for request in side.received] == ["/here"]


def test_a_cookie_is_not_kept(http, side):
    side.says(plain_answer(b"", 200, Set_Cookie="session=1; Path=/"))
    http.send("GET", side.url, {})
    http.send("GET", side.url, {})
    assert "cookie" not in side.last.headers


def test_proxies_and_passwords_of_the_environment_are_not_used(http, side, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    side.says(plain_answer(b"ok"))
    assert http.send("GET", side.url, {}).body == b"ok"
    assert "authorization" not in side.last.headers


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([b"H"] * 100, id="status line"),
        pytest.param([HEAD, *[b"X-A: 1\r\n"] * 100], id="headers"),
        pytest.param([HEAD + b"Content-Length: 100\r\n\r\n", *[b"x"] * 100], id="body"),
        pytest.param([HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 100], id="chunks"),
        pytest.param([HEAD + b"\r\n", *[b"x"] * 100], id="body without length"),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n"] * 100, id="interim answers"),
    ],
)
def test_an_answer_that_drips_is_cut_off_at_the_time_limit(http, side, chunks):
    side.says(raw_answer(*chunks, every=0.1, far_side=side))
    assert 0.5 < took(lambda: http.send("GET", side.url, {})) < 1.2


def test_silence_is_cut_off_at_the_time_limit(http, side):
    side.says(lambda _: side.stopping.wait(5))
    assert 0.5 < took(lambda: http.send("GET", side.url, {})) < 1.2


def test_a_host_that_accepts_no_connection_is_unavailable(http):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert took(lambda: http.send("GET", f"http://127.0.0.1:{port}/", {})) < 0.5


def test_a_connection_that_took_all_the_time_to_open_is_not_used(http, side, monkeypatch):
    connect = connection.create_connection

    def slowly(*arguments, **options):
        time.sleep(0.7)
        return connect(*arguments, **options)

    monkeypatch.setattr(connection, "create_connection", slowly)
    side.says(plain_answer(b"ok"))
    assert took(lambda: http.send("GET", side.url, {})) < 1.2
    time.sleep(0.2)
    assert side.received == []


@pytest.mark.parametrize(
    "bytes_",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"SSH-2.0\r\n", id="another protocol"),
        pytest.param(HEAD + b"Content-Length: 10\r\n\r\nabc", id="cut short"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", id="chunk cut short"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n", id="no chunk length"),
        pytest.param(HEAD + b"X: " + b"x" * 70_000 + b"\r\n\r\n", id="header line too long"),
        pytest.param(HEAD + b"X: 1\r\n" * 200 + b"\r\n", id="too many headers"),
        pytest.param(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab", id="compressed"),
    ],
)
def test_an_answer_that_breaks_http_is_unavailable(http, side, bytes_):
    side.says(raw_answer(bytes_))
    assert took(lambda: http.send("GET", side.url, {})) <= 1.2


def test_an_answer_may_be_as_large_as_the_limit_and_no_larger(side):
    http = RequestsHttp(timeout=2, max_body=1000)
    side.says(plain_answer(b"x" * 1000), plain_answer(b"x" * 1001), raw_answer(HEAD + b"\r\n" + b"x" * 1001))
    assert len(http.send("GET", side.url, {}).body) == 1000
    for _ in range(2):
        took(lambda: http.send("GET", side.url, {}))
    http.close()


def test_an_endless_answer_is_not_read_to_its_end(side):
    http = RequestsHttp(timeout=5)
    side.says(raw_answer(HEAD + b"\r\n", *[b"x" * 65536] * 2000))
    assert took(lambda: http.send("GET", side.url, {})) < 3
    http.close()


def test_a_connection_is_kept_for_the_next_call_but_not_for_long(http, side, monkeypatch):
    side.says(plain_answer(b"ok"))
    http.send("GET", side.url, {})
    http.send("GET", side.url, {})
    assert side.received[0].connection == side.received[1].connection
    monkeypatch.setattr("wxserver.adapters.http._MAX_IDLE", -1.0)
    http.send("GET", side.url, {})
    assert side.received[2].connection != side.received[1].connection


def test_the_time_limit_begins_anew_with_each_call_on_a_kept_connection(http, side):
    slow = raw_answer(b"", HEAD + b"Content-Length: 2\r\n\r\nok", every=0.2, far_side=side)

    def answer(handler):
        slow(handler)
        handler.close_connection = False

    side.says(answer)
    for _ in range(3):
        assert http.send("GET", side.url, {}).body == b"ok"
    assert len({request.connection for request in side.received}) == 1


def test_sixteen_threads_share_one_client_and_each_gets_its_own_answer(side):
    http = RequestsHttp(timeout=5)
    side.says(lambda handler: plain_answer(handler.path.encode())(handler))
    with ThreadPoolExecutor(16) as pool:
        paths = [f"/{number}" for number in range(320)]
        answers = list(pool.map(lambda path: http.send("GET", side.url + path, {}).body.decode(), paths))
    http.close()
    assert answers == paths


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://", {}),
        ("http://127.0.0.1:port/", {}),
        ("ftp://127.0.0.1/", {}),
        ("http://127.0.0.1:9/", {"X-A": "a\nb"}),
        ("http://127.0.0.1:9/", {"X-A": "键"}),
    ],
)
def test_a_request_that_cannot_be_sent_is_unavailable(http, url, headers):
    with pytest.raises(Unavailable):
        http.send("GET", url, headers)


def test_neither_the_exception_nor_the_log_shows_a_query(http, side, caplog):
    caplog.set_level(logging.DEBUG)
    side.says(raw_answer(b""), raw_answer(HEAD + b"no header at all\r\n\r\n"))
    with pytest.raises(Unavailable) as caught:
        http.send("GET", side.url + "/sns?secret=7007", {})
    http.send("GET", side.url + "/sns?secret=7007", {})
    assert "7007" not in caplog.text
    assert caught.value.__context__ is None
    assert "7007" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1, and the server's side of TLS with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + built.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


def test_over_tls_the_same_limits_hold(certificate):
    file, context = certificate
    http = RequestsHttp(timeout=0.6, ca_file=str(file))
    with far_side(context) as side:
        side.says(plain_answer(b"ok"))
        assert http.send("GET", side.url, {}).body == b"ok"
        assert http.send("GET", side.url, {}).body == b"ok"
        assert side.received[0].connection == side.received[1].connection
        side.says(raw_answer(HEAD, *[b"X-A: 1\r\n"] * 100, every=0.1, far_side=side))
        assert 0.5 < took(lambda: http.send("GET", side.url, {})) < 1.2
    http.close()


def test_a_certificate_of_an_unknown_authority_is_unavailable(certificate, http):
    with far_side(certificate[1]) as side:
        side.says(plain_answer(b"ok"))
        took(lambda: http.send("GET", side.url, {}))
        assert side.received == []


def test_a_tls_handshake_that_never_comes_is_cut_off_at_the_time_limit(certificate):
    http = RequestsHttp(timeout=0.6, ca_file=str(certificate[0]))
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert 0.5 < took(lambda: http.send("GET", f"https://127.0.0.1:{server.getsockname()[1]}/", {})) < 1.2
    http.close()
