"""The manual: one short page per job, with pictures that the browser tests take (`make manual`)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from wxserver.web.admin.blueprint import blueprint, needs

TOPICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "signing-in": "第一次登录，和每天登录",
        "editing": "改一件事的内容",
        "new-item": "加一个事项",
        "conditions": "写“谁可以办”和“什么时候显示”",
        "preview": "发布前，先在手机上看一看",
        "review": "送审、复核和发布",
        "versions": "恢复到以前的版本，导出和导入",
        "calendar": "放假和调休：改工作日历",
        "cases": "办件，和查看遮盖的内容",
        "accounts": "窗口账号，单位和经办人",
        "guardianships": "核对监护关系",
        "audit": "查操作记录",
        "staff": "管理人员",
    }
)
"""Address of a page of the manual -> its title."""


@blueprint.get("/help")
@needs("own")
def help_contents() -> ResponseReturnValue:
    """What the manual has."""
    return render_template("admin/help/contents.html", topics=TOPICS)


@blueprint.get("/help/<topic>")
@needs("own")
def help_page(topic: str) -> ResponseReturnValue:
    """One page of the manual."""
    if topic not in TOPICS:
        abort(404)
    codes = list(TOPICS)
    after = codes[codes.index(topic) + 1] if topic != codes[-1] else None
    return render_template(f"admin/help/{topic}.html", topics=TOPICS, topic=topic, title=TOPICS[topic], after=after)
