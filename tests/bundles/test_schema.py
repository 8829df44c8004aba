"""Documents: what is wrong is told with path, line and sentence; what is right comes back the same."""

import tomllib
from typing import Any

import pytest

from bundles import schema
from bundles.definition import Condition, Fee, TimeLimit
from bundles.document import path_text
from bundles.schema import DefinitionFaults, dump_bundle, load_bundle, load_stored, load_toml, upgrade
from bundles.toml_lines import line_of, lines
from tests.bundles.making import DEFINITIONS, jieyang

TEXT = (DEFINITIONS / "jieyang.toml").read_text("utf-8")
TINY = """
schema_version = 1
code = "tiny"
name = "小事"
short_name = "小"
number_prefix = "XX"
region = "445200"
organiser = "某局"
introduction = "试一试。"
[[items]]
code = "one"
name = "第一项"
short_name = "一"
summary = "第一项"
handler = "profile"
[items.limits]
online = { unit = "instant" }
[items.guide]
served = "个人"
"""


def faults_of(text):
    with pytest.raises(DefinitionFaults) as caught:
        load_toml(text)
    return caught.value.faults


def tiny(more="", **changes):
    text = TINY
    for old, new in changes.items():
        assert f"{old} = " in text
        text = "\n".join(f"{old} = {new}" if line.startswith(f"{old} = ") else line for line in text.split("\n"))
    return text + more


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_definition_loads_and_its_canonical_form_comes_back_the_same(path):
    bundle = load_toml(path.read_text("utf-8"))
    document = dump_bundle(bundle)
    assert load_bundle(document) == bundle
    assert dump_bundle(load_bundle(document)) == document


def test_defaults_are_left_out_of_the_canonical_form():
    document = dump_bundle(load_toml(tiny()))
    assert list(document)[:2] == ["schema_version", "code"]
    assert document["items"] == [
        {
            "code": "one",
            "name": "第一项",
            "short_name": "一",
            "summary": "第一项",
            "handler": "profile",
            "limits": {"online": {"unit": "instant"}},
            "guide": {"served": "个人"},
        }
    ]


def test_null_in_json_means_left_out_where_a_part_may_be_left_out():
    document = tomllib.loads(TINY)
    document["items"][0] |= {"legal_limit": None, "fee": None}
    assert load_bundle(document).items[0].fee == Fee()
    document["items"][0]["name"] = None
    with pytest.raises(DefinitionFaults) as caught:
        load_bundle(document)
    assert caught.value.faults == (("items[0].name", "这一项不能空着。", None),)


def test_every_fault_has_its_path_line_and_sentence():
    text = tiny(
        """
[[items]]
code = "Two"
name = ""
short_name = 2
summary = "第二项"
handler = "profile"
minutes = "five"
needs_card = 1
fresh_minutes = -1
assurance = "pin"
channels = "online"
colour = "red"
limits = 5
"""
    )
    found = {fault.path: (fault.line, fault.sentence) for fault in faults_of(text)}
    start = len(TINY.splitlines()) + 2
    assert found == {
        "items[1].code": (start + 1, "代号只用小写字母、数字和连字符，以字母开头。"),
        "items[1].name": (start + 2, "这一项不能空着。"),
        "items[1].short_name": (start + 3, "这里要写文字（用引号括起来）。"),
        "items[1].minutes": (start + 6, "这里要写整数。"),
        "items[1].needs_card": (start + 7, "这里要写 true 或 false。"),
        "items[1].fresh_minutes": (start + 8, "这个数要在 0 到 100000000 之间。"),
        "items[1].assurance": (start + 9, "这里要写：wechat、password、face 中的一个。"),
        "items[1].channels": (start + 10, "这里要写一个列表（用方括号括起来）。"),
        "items[1].colour": (start + 11, "没有这一项，请删掉或改对名字。"),
        "items[1].limits": (start + 12, "这里要写一张表（名字 = 值）。"),
        "items[1].guide": (start, "缺少这一项，请补上。"),
    }
    assert [fault.line for fault in faults_of(text)] == sorted(fault.line for fault in faults_of(text))
    with pytest.raises(DefinitionFaults, match=rf"第 {start + 1} 行 items\[1\].code: 代号"):
        load_toml(text)


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        (tiny('channels = ["fax"]', served='"x"'), "items[0].guide.channels", "没有这一项"),
        (tiny(online='{ unit = "days", amount = 5 }'), "items[0].limits.online.unit", "working_days"),
        (tiny(online='{ unit = "instant", amount = 5 }'), "items[0].limits.online.amount", "不写数量"),
        (tiny(online='{ unit = "hours" }'), "items[0].limits.online.amount", "1 到 1000"),
        (tiny(online='{ unit = "instant" }\nfax = { unit = "instant" }'), "items[0].limits.fax", "没有“fax”这种写法"),
        (tiny(online='{ unit = "instant" }\nphone = { unit = "instant" }'), "items[0].limits.phone", "办理方式里没有"),
        (
            tiny(handler='"teleport"'),
            "items[0].handler",
            "没有名为“teleport”的处理程序，可用的有：activation、cancellation、card-status、",
        ),
        (tiny(handler='"profile"\noptions = { x = [1], y = { z = 1 } }'), "items[0].options.x", "没有选项"),
        (tiny(handler='"production"'), "items[0].options.kind", "apply（申领）或 replace（补换）"),
        (tiny(handler='"profile"\nchannels = []'), "items[0].channels", "至少要有一种办理方式"),
        (tiny(handler='"profile"\nchannels = ["online", "window"]'), "items[0].limits", "缺少窗口的办理时限"),
        (tiny(handler='"profile"\nchannels = ["online", 3]'), "items[0].channels[1]", "文字"),
        (tiny(handler='"profile"\nacting = []'), "items[0].acting", "至少要有一种人"),
        (tiny(handler='"profile"\ncard_states = ["active"]'), "items[0].card_states", "不用选卡"),
        (
            tiny(handler='"profile"\nneeds_card = true\ncard_states = ["active"]\ncard_advice = { active = "x" }'),
            "items[0].card_advice.active",
            "本来就能办",
        ),
        (tiny(handler='"profile"\nat_least_one = ["x"]'), "items[0].at_least_one[0]", "没有代号为“x”的一项"),
        (
            tiny(
                online='{ unit = "hours", amount = 48 }',
                handler='"profile"\nlegal_limit = { unit = "hours", amount = 24 }',
            ),
            "items[0].limits.online.amount",
            "比法定时限（24 小时）长",
        ),
        (tiny(number_prefix='"jy"'), "number_prefix", "大写字母"),
        (tiny(region='"44"'), "region", "6 位数字"),
        (tiny(name='"小\\u0000事"'), "name", "看不见的特殊字符"),
        (tiny('[[loss_kinds]]\ncode = "formal"\nliftable = true\n'), "loss_kinds[0].lifted_by", "由谁解挂"),
        (
            tiny('[[loss_kinds]]\ncode = "temporary"\nliftable = false\nlasts = { unit = "calendar_period" }\n'),
            "loss_kinds[0].lasts.amount",
            "1 到 1000",
        ),
        (
            tiny('[[places]]\ncode = "445200"\nname = "揭阳"\nitems = ["two"]\n'),
            "places[0].items[0]",
            "没有代号为“two”",
        ),
        (TINY.split("[[items]]")[0] + "items = []", "items", "至少要有一个事项"),
        (TINY.replace("[[items]]", "items = 5\n[x]").split('code = "one"')[0], "items", "列表"),
        (TINY + TINY[TINY.index("[[items]]") :], "items[1]", "“one”写了两次"),
        ("schema_version = 2", "schema_version", "“schema_version”要写 1"),
        ("code = 1", "schema_version", "“schema_version”要写 1"),
        ("schema_version = true", "schema_version", "“schema_version”要写 1"),
    ],
)
def test_each_fault_is_found_where_it_is(text, path, says):
    found = {fault.path: fault.sentence for fault in faults_of(text)}
    assert path in found
    assert says in found[path]


FIELD = """
[[items.fields]]
code = "why"
kind = "choice"
label = "原因"
choices = [{ code = "lost", label = "丢了" }, { code = "lost", label = "坏了" }]
"""


@pytest.mark.parametrize(
    ("more", "path", "says"),
    [
        (FIELD, "items[0].fields[0].choices[1]", "写了两次"),
        ('[[items.fields]]\ncode = "x"\nkind = "choice"\nlabel = "x"\n', "items[0].fields[0].choices", "要列出选项"),
        (
            '[[items.fields]]\ncode = "x"\nkind = "text"\nlabel = "x"\nmin_length = 9\nmax_length = 5\n',
            "items[0].fields[0].min_length",
            "还大",
        ),
        (
            FIELD + 'visible_when = { kind = "field", field = "why", values = ["lost"] }\n',
            "items[0].fields[0].visible_when.field",
            "前面没有",
        ),
        (
            FIELD + '[[items.fields]]\ncode = "x"\nkind = "text"\nlabel = "x"\n'
            'visible_when = { kind = "field", field = "why", values = ["burnt"] }\n',
            "items[0].fields[1].visible_when.values[0]",
            "“原因”里没有“burnt”",
        ),
        (
            (
                '[[items.fields]]\ncode = "t"\nkind = "text"\nlabel = "t"\n'
                '[[items.fields]]\ncode = "x"\nkind = "text"\nlabel = "x"\nmin_length = 101\n'
                'visible_when = { kind = "field", field = "t", values = ["any text"] }\n'
            ),
            "items[0].fields[1].min_length",
            "还大",
        ),
        (
            '[[items.materials]]\ncode = "m"\nname = "m"\nkind = "photo"\nchannels = ["window"]\nupload = true\n',
            "items[0].materials[0].upload",
            "网上办理",
        ),
        (
            '[[items.materials]]\ncode = "m"\nname = "m"\nkind = "photo"\nchannels = ["window"]\n',
            "items[0].materials[0].channels[0]",
            "没有“窗口”",
        ),
        (
            '[[items.materials]]\ncode = "m"\nname = "m"\nkind = "photo"\ngroup = "g"\n',
            "items[0].materials[0].group",
            "一起写",
        ),
        (
            '[[items.materials]]\ncode = "m"\nname = "m"\nkind = "sculpture"\n',
            "items[0].materials[0].kind",
            "没有“sculpture”",
        ),
        (
            '[[items.materials]]\ncode = "m"\nname = "m"\nkind = "photo"\nmost = 10\n',
            "items[0].materials[0].most",
            "1 到 9 张",
        ),
        (
            "".join(
                f'[[items.materials]]\ncode = "{code}"\nname = "m"\nkind = "photo"\nupload = true\nacting = {acting}\n'
                for code, acting in (("m", ["self"]), ("n", ["guardian", "self"]))
            ),
            "items[0].materials[1].kind",
            "同类的上传材料",
        ),
        (
            '[[items.materials]]\ncode = "m"\nname = "m"\nkind = "photo"\nwhen = { kind = "mood" }\n',
            "items[0].materials[0].when.kind",
            "没有“mood”这种条件",
        ),
        *(
            (
                f'[[items.conditions]]\ncode = "c"\nadvice = "x"\nneeds = {needs}\n',
                f"items[0].conditions[0].needs{path}",
                says,
            )
            for needs, path, says in (
                ('{ kind = "age" }', "", "minimum（最小）或 maximum"),
                ('{ kind = "age", minimum = 9, maximum = 5 }', ".minimum", "还大"),
                ('{ kind = "acting" }', ".values", "至少要写一个值"),
                ('{ kind = "acting", values = ["self", "ghost"] }', ".values[1]", "没有“ghost”"),
                ('{ kind = "all" }', ".of", "至少要有一个条件"),
                ('{ kind = "not", of = [{ kind = "insured" }, { kind = "insured" }] }', ".of", "正好一个"),
                ('{ kind = "any", of = [{ kind = "mood" }] }', ".of[0].kind", "没有“mood”"),
            )
        ),
        (
            '[[items.conditions]]\ncode = "c"\nadvice = "x"\nneeds = { kind = "insured" }\nwhen = { kind = "mood" }\n',
            "items[0].conditions[0].when.kind",
            "没有“mood”",
        ),
        (
            '[[items.notifications]]\nnode = "lost"\ntitle = "x"\ntext = "x"\n',
            "items[0].notifications[0].node",
            "没有“lost”",
        ),
    ],
)
def test_each_fault_of_a_part_is_found_where_it_is(more, path, says):
    found = {fault.path: fault.sentence for fault in faults_of(TINY + more)}
    assert path in found
    assert says in found[path]


def test_free_values_of_regions_and_good_parts_are_taken():
    bundle = load_toml(
        TINY.replace('handler = "profile"', 'handler = "profile"\nneeds_card = true')
        + '[[items.conditions]]\ncode = "c"\nadvice = "x"\nneeds = { kind = "all", '
        'of = [{ kind = "region", values = ["445200"] }, '
        '{ kind = "not", of = [{ kind = "open_case" }] }] }\nwhen = { kind = "age", minimum = 16 }\n'
        '[[banks]]\ncode = "abc"\nname = "中国农业银行"\n'
        '[[places]]\ncode = "445200"\nname = "揭阳市"\nitems = ["one"]\nbanks = ["abc"]\n'
        '[[loss_kinds]]\ncode = "temporary"\nliftable = false\nlasts = { unit = "calendar_period", amount = 7 }\n'
    )
    needs = bundle.items[0].conditions[0].needs
    assert needs.of[1] == Condition("not", of=(Condition("open_case"),))
    assert bundle.loss_kinds[0].lasts == TimeLimit("calendar_period", 7)
    assert load_bundle(dump_bundle(bundle)) == bundle
    lower = TINY.replace('handler = "profile"', 'handler = "profile"\nlegal_limit = { unit = "hours", amount = 24 }')
    assert load_toml(lower).items[0].legal_limit == TimeLimit("hours", 24)


def test_options_are_frozen_and_come_back_the_same():
    apply = jieyang().items[0]
    assert apply.options["completes_on"] == ("received",)
    deep = schema._freeze({"a": [{"b": [1]}]})
    assert deep == {"a": ({"b": (1,)},)}
    with pytest.raises(TypeError):
        deep["a"] = 1


def test_what_is_no_toml_is_told_with_its_line():
    (fault,) = faults_of(TINY + "name = [1,\n2\n= 3\n")
    assert fault.line >= len(TINY.splitlines())
    assert "TOML" in fault.sentence
    assert faults_of('a = """x')[0].line == 1


def test_a_document_that_is_nested_too_deep_is_refused_with_a_sentence():
    document = tomllib.loads(TINY)
    needs: dict[str, Any] = {"kind": "insured"}
    for _ in range(3000):
        needs = {"kind": "all", "of": [needs]}
    document["items"][0]["conditions"] = [{"code": "c", "advice": "x", "needs": needs}]
    with pytest.raises(DefinitionFaults, match="套得太深"):
        load_bundle(document)


def test_a_part_that_is_no_table_is_a_fault():
    document = tomllib.loads(TINY)
    document["items"][0] |= {"guide": 5, "options": {1: 2}}
    with pytest.raises(DefinitionFaults) as caught:
        load_bundle(document)
    assert {fault.path for fault in caught.value.faults} == {"items[0].guide", "items[0].options"}


def test_older_documents_are_upgraded(monkeypatch):
    monkeypatch.setitem(schema.UPGRADES, 0, lambda old: {"organiser": old.pop("office"), **old})
    document = tomllib.loads(TINY) | {"schema_version": 0, "office": "某局"}
    del document["organiser"]
    assert upgrade(document)["schema_version"] == 1
    assert load_bundle(document).organiser == "某局"
    assert document["schema_version"] == 0


def test_lines_are_found_in_all_shapes_of_toml():
    text = (
        '# comment [x]\n"quoted key" = 1\na.b = \'it # is\'\nlong = """one\n"two" \\" ""\n"""\n'
        "list = [ # here\n  1,\n  { x = 1, y = [2, 3] },\n]\n[t]\nk = 1\n[[t.many]]\nk = 1\n[[t.many]]\nk = 2\n"
        "[t.many.sub]\nz = 1979-05-27\n"
        "empty = {}\nquoted = 'a'\nfence = '''x''''\nlast = 1"
    )
    tomllib.loads(text)
    found = lines(text)
    assert found["quoted key",] == 2
    assert found["a", "b"] == 3
    assert found["list",] == 7
    assert (found["list", 0], found["list", 1, "x"], found["list", 1, "y", 1]) == (8, 9, 9)
    assert (found["t", "k"], found["t", "many", 0, "k"], found["t", "many", 1, "k"]) == (12, 14, 16)
    assert found["t", "many", 1, "sub", "z"] == 18
    assert found["t", "many", 1, "sub", "last"] == 22
    assert line_of(found, ("t", "many", 1, "missing")) == 15
    assert line_of(found, ("nowhere",)) == 1
    assert path_text(("a", 0, "b", "c")) == "a[0].b.c"


def test_every_path_of_a_real_definition_has_a_line():
    found = lines(TEXT)

    def walk(path, value):
        assert path in found, path
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, each in inner:
            walk((*path, key), each)

    for key, value in tomllib.loads(TEXT).items():
        walk((key,), value)


def test_what_was_published_once_is_read_again_however_strict_the_rules_have_become():
    document: dict[str, Any] = dump_bundle(load_toml(TEXT))
    items = [dict(each) for each in document["items"]]
    items[0]["channels"] = []
    with pytest.raises(DefinitionFaults):
        load_bundle(document | {"items": items})
    assert load_stored(document | {"items": items}).items[0].channels == ()
    with pytest.raises(DefinitionFaults, match="name"):
        load_stored(document | {"name": 7})
