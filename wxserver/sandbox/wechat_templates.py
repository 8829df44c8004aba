"""Message templates: which an account has, and what the platform takes as the value of each type of field.

Source: facts/wechat.md §5 and the platform's table of parameter types. The type is the field's name without its number.
"""

import re
import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response

from wxserver.sandbox.chat import LABELS
from wxserver.sandbox.settings import Account, Template
from wxserver.sandbox.wechat_door import api
from wxserver.sandbox.wechat_errors import okay
from wxserver.sandbox.wechat_limits import knob
from wxserver.sandbox.world import World, answer

blueprint = Blueprint("wechat_templates", __name__)

_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NAME = re.compile(r"(?P<type>[a-z]+(?:_[a-z]+)*)\d*", re.ASCII)
_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
_LETTER = re.compile(r"[A-Za-z]{1,32}")
_SYMBOL = re.compile(rf"[^\w\s{_HAN}]{{1,5}}")
_CHARACTERS = re.compile(r"[!-~]{1,32}")
_PHONE = re.compile(r"[0-9+()*-]{1,17}")
_AMOUNT = re.compile(r"[¥￥$€£]?(?P<digits>\d{1,10}(\.\d+)?)元?", re.ASCII)
_CAR = re.compile(rf"[{_HAN}A-Z0-9][A-Z0-9]{{1,6}}[{_HAN}A-Z0-9]")
_PHRASE = re.compile(rf"[{_HAN}]{{1,5}}")
_CLOCK = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(:(?P<second>\d{2}))?", re.ASCII)
_DAY = re.compile(r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日", re.ASCII)


def granted(connection: sqlite3.Connection, account: Account, template_id: str) -> Template | None:
    """An account's template, unless a tester has taken it away; None where there is none."""
    found = account.template(template_id)
    return None if found is None or template_id in taken_away(connection) else found


def taken_away(connection: sqlite3.Connection) -> list[str]:
    """The numbers of the templates that the platform has withdrawn."""
    return list(knob(connection, "taken_away"))


def fault_of(template: Template, data: dict[str, Any]) -> str | None:
    """What is wrong with the values for a template, as WeChat's errmsg names it (``data.thing1.value …``), or None."""
    for name in template.fields:
        value = _value(data.get(name))
        if not value:
            # The platform's own spelling.
            return f"data.{name}.value is emtpy"
        if not fits(name, value):
            return f"data.{name}.value invalid"
    unknown = next((name for name in data if name not in template.fields), None)
    return None if unknown is None else f"data.{unknown}.value invalid"


def fits(name: str, value: str) -> bool:
    """Whether a field of this name takes this value."""
    match = _NAME.fullmatch(name)
    check = _TYPES.get(match["type"]) if match else None
    return check is not None and check(value)


@api(blueprint, "/cgi-bin/template/get_all_private_template", "查模板", method="GET")
def private_templates(here: World, account: Account, _: dict[str, Any]) -> Response:
    """The templates for messages to followers."""
    rows = [
        {
            "template_id": each.template_id,
            "title": each.title,
            "primary_industry": "政府与公共事业",
            "deputy_industry": "公共事业",
            "content": _content(each),
            "example": "",
        }
        for each in _listed(here, account, "template")
    ]
    return answer({"template_list": rows})


@api(blueprint, "/wxaapi/newtmpl/gettemplate", "查订阅模板", method="GET", kind=None)
def subscription_templates(here: World, account: Account, _: dict[str, Any]) -> Response:
    """The templates of subscription notices: a service account's or a mini-program's."""
    channel = "bizsend" if account.kind == "service" else "miniprogram"
    rows = [
        {"priTmplId": each.template_id, "title": each.title, "content": _content(each), "example": "", "type": 2}
        for each in _listed(here, account, channel)
    ]
    return okay(data=rows)


def _listed(here: World, account: Account, channel: str) -> list[Template]:
    with here.database.read() as connection:
        gone = taken_away(connection)
    return [each for each in account.templates if each.channel == channel and each.template_id not in gone]


def _content(template: Template) -> str:
    return "".join(f"{_label(name)}：{{{{{name}.DATA}}}}\n" for name in template.fields)


def _label(name: str) -> str:
    match = _NAME.fullmatch(name)
    return LABELS.get(match["type"] if match else "", "内容")


def _value(given: Any) -> str:
    value = given.get("value") if isinstance(given, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def _at_most(limit: int) -> Callable[[str], bool]:
    return lambda value: len(value) <= limit


def _shaped(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


def _number(value: str) -> bool:
    return len(value) <= 32 and _NUMBER.fullmatch(value) is not None


def _amount(value: str) -> bool:
    match = _AMOUNT.fullmatch(value)
    return match is not None and len(match["digits"].replace(".", "")) <= 10


def _name(value: str) -> bool:
    if any(each.isdigit() for each in value):
        return False
    return len(value) <= (10 if re.search(f"[{_HAN}]", value) else 20)


def _clock(value: str) -> bool:
    match = _CLOCK.fullmatch(value)
    return match is not None and int(match["hour"]) < 24 and max(int(match["minute"]), int(match["second"] or 0)) < 60


def _day(value: str) -> bool:
    match = _DAY.fullmatch(value)
    try:
        return match is not None and bool(date(int(match["year"]), int(match["month"]), int(match["day"])))
    except ValueError:
        return False


def _moment(value: str) -> bool:
    day, blank, clock = value.partition(" ")
    return _day(day) and _clock(clock) if blank else _clock(value)


def _span(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda value: 1 <= len(value.split("~")) <= 2 and all(check(each.strip()) for each in value.split("~"))


_TYPES: dict[str, Callable[[str], bool]] = {
    "thing": _at_most(20),
    "number": _number,
    "letter": _shaped(_LETTER),
    "symbol": _shaped(_SYMBOL),
    "character_string": _shaped(_CHARACTERS),
    "time": _span(_moment),
    "date": _span(lambda value: _day(value) or (_moment(value) and "年" in value)),
    "amount": _amount,
    "phone_number": _shaped(_PHONE),
    "car_number": _shaped(_CAR),
    "name": _name,
    "phrase": _shaped(_PHRASE),
    "const": _at_most(20),
    "first": _at_most(200),
    "keyword": _at_most(200),
    "remark": _at_most(200),
}
