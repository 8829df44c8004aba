"""A first draft of the same service in Flask-SQLAlchemy: no session, no rules, no encryption, no idempotency.

On SQLite it has the same pragmas as our store: its own default (a rollback journal) would be slower.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import requests
from flask import Flask, Response, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, Text, event, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

PERSONS = 20
TEXT = (
    "本人有效身份证件原件；委托他人办理的，还要带委托书和受托人的有效身份证件原件。"
    "未成年人由监护人代办，带户口簿或者能证明监护关系的材料。照片用白底，近期免冠，面部清楚。"
)


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Field(Base):
    __tablename__ = "field"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    code: Mapped[str]
    label: Mapped[str]
    hint: Mapped[str]
    required: Mapped[bool]


class Material(Base):
    __tablename__ = "material"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    name: Mapped[str]
    text: Mapped[str] = mapped_column(Text)


class Item(Base):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey("bundle.id"), index=True)
    code: Mapped[str]
    name: Mapped[str]
    summary: Mapped[str] = mapped_column(Text)
    days: Mapped[int]
    fields: Mapped[list[Field]] = relationship()
    materials: Mapped[list[Material]] = relationship()


class Bundle(Base):
    __tablename__ = "bundle"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    items: Mapped[list[Item]] = relationship()


class Happening(Base):
    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    at: Mapped[datetime]
    node: Mapped[str]
    text: Mapped[str]


class Application(Base):
    __tablename__ = "application"
    id: Mapped[int] = mapped_column(primary_key=True)
    openid: Mapped[str] = mapped_column(index=True)
    bundle: Mapped[str]
    submitted_at: Mapped[datetime]


class Case(Base):
    __tablename__ = "case"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    openid: Mapped[str] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(unique=True)
    item: Mapped[str]
    form: Mapped[str] = mapped_column(Text)
    status: Mapped[str]
    submitted_at: Mapped[datetime]
    events: Mapped[list[Happening]] = relationship(order_by=Happening.id)


def create_app() -> Flask:
    """`CITY_DATABASE` is the database's URL, `REGISTRY_URL` and `REGISTRY_SECRET` (`whsec_…`) the registry's."""
    app = Flask("city")
    url = os.environ["CITY_DATABASE"]
    if make_url(url).get_backend_name() == "sqlite":
        options: dict[str, Any] = {"connect_args": {"timeout": 10}, "pool_size": 24}
    else:
        options = {"pool_size": 20, "max_overflow": 10}
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=options)
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _pragmas)
        db.create_all()
        _fill()

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/cases")
    def submit() -> tuple[Response, int]:
        return jsonify(number=_submit(request.get_json())), 201

    @app.post("/changes")
    def change() -> tuple[Response, int]:
        number = _submit(request.get_json())
        _tell_registry(number, request.get_json())
        return jsonify(number=number), 201

    @app.get("/mine")
    def mine() -> Response:
        parts = selectinload(Bundle.items)
        bundle = db.session.scalars(
            db.select(Bundle).options(parts.selectinload(Item.fields), parts.selectinload(Item.materials))
        ).one()
        cases = db.session.scalars(
            db.select(Case)
            .where(Case.openid == request.args["openid"])
            .options(selectinload(Case.events))
            .order_by(Case.id.desc())
            .limit(20)
        )
        return jsonify(bundle=_bundle(bundle), cases=[_case(each) for each in cases])

    return app


def _pragmas(raw: Any, _entry: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        raw.execute(f"PRAGMA {pragma}")


def _submit(body: dict[str, Any]) -> str:
    now = datetime.now(UTC).replace(tzinfo=None)
    application = Application(openid=body["openid"], bundle=body["bundle"], submitted_at=now)
    db.session.add(application)
    db.session.flush()
    case = Case(
        application_id=application.id,
        openid=body["openid"],
        number=uuid.uuid4().hex,
        item=body["item"],
        form=json.dumps(body["form"]),
        status="accepted",
        submitted_at=now,
    )
    db.session.add(case)
    db.session.flush()
    db.session.add(Happening(case_id=case.id, at=now, node="submitted", text="已收到您的申请"))
    number = case.number
    db.session.commit()
    return number


def _tell_registry(number: str, body: dict[str, Any]) -> None:
    secret = base64.b64decode(os.environ["REGISTRY_SECRET"].removeprefix("whsec_"))
    sent = json.dumps({key: body[key] for key in ("id_type", "id_number", "card")} | {"changes": body["form"]}).encode()
    message, stamp = uuid.uuid4().hex, str(int(time.time()))
    signed = f"{message}.{stamp}.POST /registry/people/profile\n".encode() + sent
    digest = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    answer = requests.post(
        f"{os.environ['REGISTRY_URL']}/people/profile",
        data=sent,
        headers={
            "Content-Type": "application/json",
            "Idempotency-Key": f"city:{number}",
            "webhook-id": message,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{digest}",
        },
        timeout=5,
    )
    answer.raise_for_status()


def _bundle(bundle: Bundle) -> dict[str, Any]:
    return {
        "code": bundle.code,
        "name": bundle.name,
        "items": [
            {
                "code": item.code,
                "name": item.name,
                "summary": item.summary,
                "days": item.days,
                "fields": [
                    {"code": each.code, "label": each.label, "hint": each.hint, "required": each.required}
                    for each in item.fields
                ],
                "materials": [{"name": each.name, "text": each.text} for each in item.materials],
            }
            for item in bundle.items
        ],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "item": case.item,
        "status": case.status,
        "submitted_at": case.submitted_at.isoformat(),
        "form": json.loads(case.form),
        "events": [{"at": each.at.isoformat(), "node": each.node, "text": each.text} for each in case.events],
    }


def _fill() -> None:
    """One bundle of seven items, and persons `citizen-0` … with ten cases each."""
    now = datetime.now(UTC).replace(tzinfo=None)
    bundle = Bundle(code="social-security-card", name="社会保障卡服务“一件事”")
    for number in range(7):
        item = Item(code=f"item-{number}", name="社会保障卡申领", summary=TEXT, days=25)
        item.fields = [
            Field(code=f"field-{each}", label="手机号码", hint="11 位数字，办好后用它通知您", required=True)
            for each in range(3)
        ]
        item.materials = [Material(name=f"材料 {each}", text=TEXT) for each in range(2)]
        bundle.items.append(item)
    db.session.add(bundle)
    for person in range(PERSONS):
        openid = f"citizen-{person}"
        application = Application(openid=openid, bundle=bundle.code, submitted_at=now)
        db.session.add(application)
        db.session.flush()
        for number in range(10):
            case = Case(
                application_id=application.id,
                openid=openid,
                number=f"JY{person:04d}-{number:04d}",
                item="apply",
                form=json.dumps({"phone": "13800005620"}),
                status="accepted",
                submitted_at=now,
            )
            case.events = [
                Happening(at=now, node=node, text="已收到您的申请，正在制卡") for node in ("submitted", "accepted")
            ]
            db.session.add(case)
    db.session.commit()
