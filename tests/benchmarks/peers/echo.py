"""wechatpy's echo for encrypted pushes as its documentation shows it, and floors that do nothing at all.

No deduplication: a message that WeChat delivers twice is answered twice.
"""

from __future__ import annotations

import os

from flask import Flask, Response, abort, jsonify, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import check_signature

SENTENCE = "办社保卡要带什么、多久办好、到哪里领，都写在这里。"


def create_app() -> Flask:
    """`WECHAT_TOKEN`, `WECHAT_AES_KEY`, `WECHAT_APP_ID` name the account."""
    app = Flask("echo")
    token, aes_key, app_id = (os.environ[f"WECHAT_{name}"] for name in ("TOKEN", "AES_KEY", "APP_ID"))

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/wechat")
    def wechat() -> str:
        timestamp, nonce = request.args.get("timestamp", ""), request.args.get("nonce", "")
        try:
            check_signature(token, request.args.get("signature", ""), timestamp, nonce)
        except InvalidSignatureException:
            abort(403)
        crypto = WeChatCrypto(token, aes_key, app_id)
        try:
            plain = crypto.decrypt_message(request.data, request.args.get("msg_signature", ""), timestamp, nonce)
        except (InvalidSignatureException, InvalidAppIdException):
            abort(403)
        message = parse_message(plain)
        reply = create_reply(message.content if message.type == "text" else "Sorry, text only", message)
        return crypto.encrypt_message(reply.render(), nonce, timestamp)

    @app.post("/same")
    def same() -> Response:
        return Response(request.get_data(), content_type="application/xml")

    @app.get("/bare")
    def bare() -> str:
        return "ok"

    @app.get("/json")
    def plain_json() -> Response:
        return jsonify([{"number": number, "text": SENTENCE} for number in range(120)])

    return app
