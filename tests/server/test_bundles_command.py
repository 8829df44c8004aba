"""`flask bundles`: definitions brought in, taken out, compared, published, rolled back; all faults at once."""

import json
import re
from pathlib import Path

import pytest

from bundles import schema, toml_writer
from tests import town as towns
from tests.bundles.making import DEFINITIONS
from tests.database import fresh_postgres, sqlite_url
from tests.usecases.offering import document, item, text_field

BROKEN = Path(__file__).parent.parent / "bundles" / "data" / "broken"
CODE = "by-command"


@pytest.fixture(scope="module")
def there(kind, request, tmp_path_factory):
    """A town of this module's own, on each kind of database."""
    directory = tmp_path_factory.mktemp(f"commands-{kind}")
    if kind == "sqlite":
        with towns.town(kind, sqlite_url(directory), directory) as town:
            yield town
        return
    with fresh_postgres(request.getfixturevalue("postgres_server")) as url, towns.town(kind, url, directory) as town:
        yield town


@pytest.fixture
def flask(there):
    """Run `flask bundles`: what it prints on both streams."""

    def run(*arguments, expect=0):
        with there.app.app_context():
            done = there.app.test_cli_runner().invoke(args=["bundles", *map(str, arguments)])
        assert done.exit_code == expect, done.output
        return done.output

    return run


@pytest.fixture
def file(tmp_path):
    """Write a definition with these questions to a file."""

    def put(*fields, code=CODE):
        path = tmp_path / f"{'-'.join(fields) or 'none'}.toml"
        made = document(code, item("one", *map(text_field, fields)))
        path.write_text(toml_writer.written(made), "utf-8")
        return path

    return put


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.toml")), ids=lambda path: path.stem)
def test_a_broken_definition_gets_all_its_faults_with_path_and_line_and_is_not_imported(there, flask, path):
    told = flask("import", path, "--by", "zhang", expect=1)
    found = re.findall(r"^第 (\d+) 行 (\S*): \S", told, re.MULTILINE)
    assert [" ".join(each).strip() for each in found] == path.with_suffix(".faults").read_text("utf-8").splitlines()
    code = re.findall(r'^code = "(.+)"', path.read_text("utf-8"), re.MULTILINE)[0]
    assert "没有代号为" in flask("versions", code, expect=1)
    assert flask("lint", path, expect=1).count("\n第 ") == len(found)


def test_there_are_ten_broken_definitions_of_several_faults():
    counts = [len(path.read_text("utf-8").splitlines()) for path in BROKEN.glob("*.faults")]
    assert len(counts) == 10
    assert sum(count >= 4 for count in counts) == 9, "what is no TOML has one fault, all others have several"


def test_a_definition_goes_out_and_comes_back_the_same(flask, tmp_path, file):
    assert flask("import", file("a"), "--by", "zhang") == "a.toml: version 1 is in force\n"
    text = flask("export", CODE)
    back = tmp_path / "back.toml"
    back.write_text(text, "utf-8")
    assert flask("import", back, "--by", "zhang") == "back.toml: there is nothing new in it\n"
    assert schema.load_bundle(json.loads(flask("export", CODE, "--format", "json"))) == schema.load_toml(text)
    assert "没有找到" in flask("export", "nothing", expect=1)
    flask("retire", CODE, "--by", "zhang")


def test_versions_are_drafted_published_scheduled_compared_rolled_back_and_retired(flask, file):
    code = "life-of-one"
    one, two, three = (file(*fields, code=code) for fields in ("a", "ab", "abc"))
    assert flask("import", one, "--by", "zhang", "--draft") == "a.toml: version 1 is a draft\n"
    assert flask("publish", code, 1, "--by", "li") == f"{code}: version 1 is in force\n"
    assert flask("import", two, "--by", "zhang", "--at", "2099-12-01T08:00", "--comment", "for later") == (
        "a-b.toml: version 2 holds from 2099-12-01T08:00:00+08:00\n"
    )
    until = ("--at", "2098-12-01T00:00+00:00", "--drafts-until", "2098-12-03")
    assert "holds from 2098-12-01T08:00:00+08:00" in flask("publish", code, 2, "--by", "li", *until)
    flask("import", three, "--by", "zhang")
    assert flask("rollback", code, "--to", 1, "--by", "li", "--comment", "enough") == f"{code}: version 4 is in force\n"
    lines = flask("versions", code).splitlines()
    assert [line.split(",")[0] for line in lines] == ["1 superseded", "2 scheduled", "3 superseded", "4 in force"]
    assert lines[1].endswith("from 2098-12-01T08:00:00+08:00, drafts until 2098-12-03T00:00:00+08:00 (li: for later)")
    assert lines[3].endswith("(li: rollback to 1: enough)")
    what = "事项“第 one 项”的表单项里新增了"
    assert flask("diff", code, 1, 2) == f"{what}“问题 b”。\n"
    assert flask("diff", code, 1, three) == f"{what}“问题 b”。\n{what}“问题 c”。\n"
    assert flask("diff", code, 1, 4) == "没有变化。\n"
    assert flask("export", code, "--version", 3).count("[[items") == 1
    assert flask("retire", code, "--version", 4, "--by", "li") == f"{code}: retired version 4\n"
    assert flask("retire", code, "--by", "li") == f"{code}: retired version 1, version 2, version 3\n"
    assert ", retired 20" in flask("versions", code).splitlines()[0]


def test_what_makes_no_sense_is_said_so_and_nothing_is_written(flask, file, tmp_path):
    code = "no-sense"
    path = file("a", code=code)
    assert "is no moment" in flask("import", path, "--by", "li", "--at", "soon", expect=2)
    assert "at: 生效时间不能早于现在" in flask("import", path, "--by", "li", "--at", "2020-01-01", expect=1)
    assert "a draft has no moments" in flask("import", path, "--by", "li", "--draft", "--at", "2099-01-01", expect=2)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    assert "binary.toml is not imported" in flask("import", binary, "--by", "li", expect=1)
    assert "utf-8" in flask("lint", binary, expect=1)
    flask("import", path, "--by", "li", "--draft")
    for arguments in (("publish", code, 7), ("rollback", code, "--to", 7), ("retire", code)):
        assert "没有" in flask(*arguments, "--by", "li", expect=1)
    assert "neither the number of a version nor a file" in flask("diff", code, 1, "nowhere.toml", expect=2)
    assert flask("versions", code).splitlines() == [flask("versions", code).strip()]


def test_lint_tells_what_is_in_order_and_what_to_look_at(flask, file):
    told = flask("lint", file("a"), DEFINITIONS / "jieyang.toml")
    assert "a.toml: in order, " in told
    assert re.search(r"^  第 \d+ 行 items\[0\]\.synonyms: 没有搜索词", told, re.MULTILINE)
    assert "jieyang.toml: in order" in told


def test_who_takes_an_item_away_is_told_what_still_points_to_it(flask, file, tmp_path):
    pointing = tmp_path / "pointing.toml"
    text = file("a", code="pointing").read_text("utf-8")
    pointing.write_text(text.replace("试一试。", "也可以办 /bundles/pointed/two。"), "utf-8")
    flask("import", pointing, "--by", "li")
    told = flask("import", file("b", code="pointed"), "--by", "li")
    assert "warning: pointing.introduction points to the item “two” of pointed" in told
