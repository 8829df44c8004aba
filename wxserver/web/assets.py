"""Static files under addresses that change with their content, so that phones may keep them for a year.

`asset_url("citizen.css")` gives `/static/citizen.css?v=<first 12 hex digits of the SHA-256>`. Hashes are taken once,
when the app is built; a name that does not exist raises KeyError, in a test or at the first page that asks.
Texts are also compressed once, then: they hold no secret, and a slow network thanks for it. Pages, which hold a
token, are never compressed here.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

_KEPT_SECONDS = 31_536_000
_EXTENSION = "assets"
_TEXTS = frozenset({".css", ".js", ".svg"})


@dataclass(frozen=True, slots=True)
class Assets:
    """By name (relative, with slashes): 12 hex digits of the hash; the compressed content of those that gain by it."""

    fingerprints: Mapping[str, str]
    compressed: Mapping[str, bytes]


def look_through(folder: Path) -> Assets:
    """All files below `folder`."""
    fingerprints, compressed = {}, {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        fingerprints[name] = hashlib.sha256(content).hexdigest()[:12]
        small = gzip.compress(content, mtime=0) if path.suffix in _TEXTS else content
        if len(small) < len(content):
            compressed[name] = small
    return Assets(fingerprints, compressed)


def asset_url(name: str) -> str:
    """The address of a static file with its fingerprint. Raises KeyError for a file that is not there."""
    return url_for("static", filename=name, v=_assets().fingerprints[name])


def register_assets(app: Flask) -> None:
    """Look through the static files and set the headers of static answers: a year where the fingerprint fits."""
    app.extensions[_EXTENSION] = look_through(Path(app.static_folder)) if app.static_folder else Assets({}, {})
    app.add_template_global(asset_url)
    app.after_request(_keep)


def _assets() -> Assets:
    found: Assets = current_app.extensions[_EXTENSION]
    return found


def _keep(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code not in (200, 206, 304):
        return response
    assets, name = _assets(), str((request.view_args or {}).get("filename", ""))
    if name in assets.fingerprints and request.args.get("v") == assets.fingerprints[name]:
        response.headers["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    if name in assets.compressed:
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and request.method == "GET" and request.accept_encodings.quality("gzip") > 0:
            response.close()
            response.direct_passthrough = False
            response.set_data(assets.compressed[name])
            response.headers["Content-Encoding"] = "gzip"
            response.set_etag(f"{assets.fingerprints[name]}-gzip")
    return response
