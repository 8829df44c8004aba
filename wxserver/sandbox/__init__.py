"""Simulated far sides (WeChat, identity provider, card registry) and a phone, as a WSGI app of their own."""

from wxserver.sandbox.app import create_app

__all__ = ["create_app"]
