"""Registers the project's own pytest plugins; being here it also puts the project's root on the import path.

No test reaches outside this machine: a connection to any address but loopback fails where it is tried.
"""

import ipaddress
import socket

from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.plugins.rules", "tests.database")

# A slow or busy machine is no fault of the code under test.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

_connect = socket.socket.connect


def _only_here(self: socket.socket, address: object) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
        host = "127.0.0.1" if address[0] == "localhost" else str(address[0])
        if not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test tried to reach {host}")
    _connect(self, address)  # type: ignore[arg-type]


socket.socket.connect = _only_here  # type: ignore[method-assign, assignment]
