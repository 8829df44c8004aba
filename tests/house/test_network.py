"""No test reaches outside the machine."""

import socket

import pytest


def test_a_connection_to_another_machine_fails_where_it_is_tried():
    with socket.socket() as tried, pytest.raises(AssertionError, match="tried to reach"):
        tried.connect(("192.0.2.1", 80))


def test_a_connection_to_this_machine_is_let_through():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as tried:
        tried.connect(server.getsockname())
