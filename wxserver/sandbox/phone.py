"""The phone on a page, and the panels beside it."""

from flask import Blueprint

blueprint = Blueprint("phone", __name__, static_folder="static", static_url_path="/static")
