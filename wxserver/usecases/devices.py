"""What a browser says it is, in a few words of a closed list: enough to know one's own phone by, too little to tell one
phone from another of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_MACHINES: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "鸿蒙"),
    ("OpenHarmony", "鸿蒙"),
    ("Android", "安卓"),
    ("Windows", "电脑"),
    ("Macintosh", "电脑"),
    ("Linux", "电脑"),
    ("CrOS", "电脑"),
)
"""The first that a user agent names counts: an Android phone says Linux too."""
_OTHER: Final = "其他"
_MINI_PROGRAM: Final = "小程序"
_WECHAT: Final = "微信"
_BROWSER: Final = "浏览器"
_LOOKED_AT: Final = 1024
"""Characters of a user agent that are looked at."""


def device_of(user_agent: str) -> str:
    """The device that sent this User-Agent, as `DEVICES` has them; never a version, a model or anything rarer."""
    said = user_agent[:_LOOKED_AT]
    if "miniProgram" in said:
        return _MINI_PROGRAM
    machine = next((name for mark, name in _MACHINES if mark in said), None)
    if machine is None:
        return _WECHAT if "MicroMessenger" in said else _OTHER
    return f"{machine} · {_WECHAT if 'MicroMessenger' in said else _BROWSER}"


def _all() -> Iterator[str]:
    yield from (_OTHER, _MINI_PROGRAM, _WECHAT)
    for _, machine in _MACHINES:
        yield from (f"{machine} · {_WECHAT}", f"{machine} · {_BROWSER}")


DEVICES: Final = frozenset(_all())
"""Everything that `device_of` ever says."""
