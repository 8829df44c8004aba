"""China's regions: the list as it was looked at, what lies in what, and which region a text means."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from bundles import regions

DATA = Path(regions.__file__).parent / "regions_data"


def test_the_list_is_the_one_that_was_looked_at_with_source_and_licence():
    listed = tomllib.loads((DATA / "VENDOR.toml").read_text("utf-8"))["file"]
    assert {each["path"] for each in listed} == {path.name for path in DATA.iterdir()} - {"VENDOR.toml"}
    for each in listed:
        assert hashlib.sha256((DATA / each["path"]).read_bytes()).hexdigest() == each["sha256"], each["path"]
        assert all(each[key] for key in ("name", "version", "licence", "homepage"))


def test_every_code_is_there_once_and_lies_in_a_region_of_the_list():
    lines = [line for line in (DATA / "cn.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    codes = [line[:6] for line in lines]
    assert codes == sorted(set(codes))
    assert all(regions.path_to(code)[0].level == "province" for code in codes)
    assert sum(len(regions.children(code)) for code in ("", *codes)) == len(codes) > 3000


def test_the_country_has_its_thirty_four_provinces():
    provinces = {each.code: each.name for each in regions.children()}
    assert len(provinces) == 34
    assert {provinces[code] for code in ("710000", "810000", "820000")} == {
        "台湾省",
        "香港特别行政区",
        "澳门特别行政区",
    }
    assert {each.level for each in regions.children()} == {"province"}


@pytest.mark.parametrize(
    ("code", "name", "level"),
    [
        ("440000", "广东省", "province"),
        ("445200", "广东省揭阳市", "city"),
        ("445202", "广东省揭阳市榕城区", "county"),
        ("110101", "北京市东城区", "county"),
        ("500229", "重庆市城口县", "county"),
        ("469001", "海南省五指山市", "county"),
        ("659001", "新疆维吾尔自治区石河子市", "county"),
        ("441900", "广东省东莞市", "city"),
    ],
)
def test_a_region_is_found_with_its_full_name_and_level(code, name, level):
    found = regions.find(code)
    assert found is not None
    assert (regions.full_name(code), found.level) == (name, level)
    assert regions.code_of(name) == code


@pytest.mark.parametrize("code", ["", "44", "999999", "110100", "４４５２００", "揭阳市"])
def test_what_is_no_code_is_no_region(code):
    assert regions.find(code) is None
    assert regions.full_name(code) == ""
    assert code == "" or regions.children(code) == ()


def test_children_are_those_directly_under():
    assert [each.name for each in regions.children("445200")] == ["榕城区", "揭东区", "揭西县", "惠来县", "普宁市"]
    assert {each.level for each in regions.children("500000")} == {"county"}
    assert {"海口市", "五指山市"} <= {each.name for each in regions.children("460000")}
    for without_counties in ("441900", "442000", "460400", "620200", "710000"):
        assert regions.children(without_counties) == ()


@pytest.mark.parametrize(
    ("code", "region", "inside"),
    [
        ("650100", "650000", True),
        ("659001", "650000", True),
        ("445202", "445200", True),
        ("445200", "445200", True),
        ("445202", "445202", True),
        ("445202", "", True),
        ("445200", "445202", False),
        ("440000", "445200", False),
        ("440100", "445200", False),
        ("540000", "650000", False),
    ],
)
def test_a_province_holds_its_codes_and_a_city_its_own(code, region, inside):
    assert regions.within(code, region) is inside


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("445202", "445202"),
        (" 445200 ", "445200"),
        ("揭阳市", "445200"),
        ("乌鲁木齐市", "650100"),
        ("揭阳市榕城区", "445202"),
        ("广东揭阳市", "445200"),
        ("广东省 揭阳市", "445200"),
        ("北京市朝阳区", "110105"),
        ("北京市市辖区朝阳区", "110105"),
        ("吉林", "220000"),
        ("吉林市", "220200"),
        ("吉林省吉林市", "220200"),
        ("新疆", "650000"),
        ("110100", "110000"),
        ("500200", "500000"),
        ("659000", "650000"),
        ("朝阳区", None),
        ("揭阳市东城区", None),
        ("广东省乌鲁木齐市", None),
        ("999999", None),
        ("990100", None),
        ("445201", None),
        ("市辖区", None),
        ("某地", None),
        ("", None),
        ("揭阳市" * 100, None),
    ],
)
def test_a_text_means_a_region_or_none_where_it_could_be_several(text, code):
    assert regions.code_of(text) == code


def test_every_full_name_means_its_own_region():
    for province in regions.children():
        for city in (province, *regions.children(province.code)):
            for each in (city, *regions.children(city.code)):
                assert regions.code_of(regions.full_name(each.code)) == each.code


@pytest.mark.parametrize(
    ("code", "level", "some", "count"),
    [
        ("", "province", "广东省", 34),
        ("440000", "province", None, 0),
        ("440000", "city", "揭阳市", 21),
        ("460000", "city", "五指山市", 19),
        ("110000", "city", None, 0),
        ("445200", "city", None, 0),
        ("445200", "county", "榕城区", 5),
        ("110000", "county", "东城区", 16),
        ("441900", "county", None, 0),
    ],
)
def test_what_is_offered_ends_at_the_level_asked_for(code, level, some, count):
    names = [each.name for each in regions.offered(code, level)]
    assert len(names) == count
    assert some is None or some in names


def test_the_list_is_read_once():
    assert regions.find("445200") is regions.find("445200")
    assert regions.children("445200") is regions.children("445200")
