"""Static files under addresses that change with their content, so that phones may keep them for a year.

`asset_url("citizen.css")` gives `/static/citizen.css?v=<first 12 hex digits of the SHA-256>`. Hashes are taken once,
when the app is built; a name that does not exist raises KeyError, in a test or at the first page that asks.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

_KEPT_SECONDS = 31_536_000
_EXTENSION = "assets"


def fingerprints(folder: Path) -> dict[str, str]:
    """Name (relative, with slashes) -> 12 hex digits, for every file below `folder`."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def asset_url(name: str) -> str:
    """The address of a static file with its fingerprint. Raises KeyError for a file that is not there."""
    known: dict[str, str] = current_app.extensions[_EXTENSION]
    return url_for("static", filename=name, v=known[name])


def register_assets(app: Flask) -> None:
    """Take the fingerprints and set the cache headers of static answers: a year where the fingerprint fits."""
    app.extensions[_EXTENSION] = fingerprints(Path(app.static_folder)) if app.static_folder else {}
    app.add_template_global(asset_url)
    app.after_request(_keep)


def _keep(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code not in (200, 206, 304):
        return response
    known: dict[str, str] = current_app.extensions[_EXTENSION]
    name = str((request.view_args or {}).get("filename", ""))
    if name in known and request.args.get("v") == known[name]:
        response.headers["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response
