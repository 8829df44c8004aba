"""The shapes of the API, as marshmallow schemas: requests are checked by them, answers only documented."""
