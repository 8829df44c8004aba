"""PDF files of strangers: harmless ones are counted, all others refused, and none takes the server along."""

import resource
import threading
import zlib

import pytest
from pypdf import actions
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from tests import drawn, papers
from wxserver.adapters.pdfs import IsolatedPdfReader
from wxserver.adapters.pdfs.reading import examined
from wxserver.adapters.photos import PillowInspector
from wxserver.ports import InspectorBusy, PhotoRefused

READER = IsolatedPdfReader()


def refusal(raw):
    with pytest.raises(PhotoRefused) as caught:
        READER.pages(raw)
    assert "请" in caught.value.message
    assert caught.value.message.endswith("。")
    return caught.value.code


def written(**entries):
    """A dictionary of PDF names to names, texts and dictionaries."""
    made = DictionaryObject()
    for key, value in entries.items():
        if isinstance(value, str):
            value = NameObject(value) if value.startswith("/") else TextStringObject(value)
        made[NameObject(f"/{key}")] = value
    return made


def in_catalogue(**entries):
    return papers.rewritten(lambda writer: writer._root_object.update(written(**entries)))


def on_page(**entries):
    return papers.rewritten(lambda writer: writer.pages[0].update(written(**entries)))


def link(action):
    return on_page(Annots=ArrayObject([written(Type="/Annot", Subtype="/Link", A=action)]))


def by_hand(*objects, root=1):
    """A file of these objects, numbered from 1."""
    text, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = len(text)
    text += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    text += b"".join(b"%010d 00000 n \n" % place for place in places)
    return text + b"trailer<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, table)


def packed(inner):
    """A file whose objects lie in a stream that unpacks to `inner`."""
    content = zlib.compress(inner, 9)
    stream = b"<</Type/ObjStm/N 1/First 4/Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content)
    whole = by_hand(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>", stream)
    head = whole[: whole.index(b"xref\n")]
    rows = b"\1" + head.index(b"1 0 obj").to_bytes(4, "big") + b"\0"
    rows += b"\1" + head.index(b"2 0 obj").to_bytes(4, "big") + b"\0"
    rows += b"\1" + head.index(b"3 0 obj").to_bytes(4, "big") + b"\0"
    rows += b"\2" + (3).to_bytes(4, "big") + b"\0"
    rows = b"\0" * 6 + rows
    table = b"5 0 obj\n<</Type/XRef/W[1 4 1]/Size 5/Root 1 0 R/Length %d>>stream\n%s\nendstream\nendobj\n" % (
        len(rows),
        rows,
    )
    return head + table + b"startxref\n%d\n%%%%EOF\n" % len(head)


PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_pages_of_a_plain_file_are_counted(count):
    assert READER.pages(papers.pdf(count)) == count


def test_a_form_and_a_place_to_open_at_harm_nobody():
    form = papers.rewritten(
        lambda writer: (
            writer._root_object.update(written(AcroForm=written(DA="/Helv"))),
            writer.add_outline_item(title="一", page_number=0),
        )
    )
    assert READER.pages(form) == 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (papers.rewritten(lambda writer: writer.encrypt("x", algorithm="RC4-128")), "encrypted"),
        (papers.rewritten(lambda writer: writer.encrypt("", "owner", algorithm="RC4-128")), "encrypted"),
        (papers.rewritten(lambda writer: writer.add_open_action(actions.JavaScript("app.alert(1)"))), "active-content"),
        (papers.rewritten(lambda writer: writer.add_attachment("a.txt", b"text")), "active-content"),
        (in_catalogue(AcroForm=written(XFA="form")), "active-content"),
        (in_catalogue(AA=written()), "active-content"),
        (on_page(AA=written()), "active-content"),
        (link(written(S="/Launch", F="calc.exe")), "active-content"),
        (link(written(S="/URI", URI="https://example.org")), "active-content"),
        (link(written(S="/GoToR", F="other.pdf")), "active-content"),
        (link(written(S="/SubmitForm", F="https://example.org")), "active-content"),
        (on_page(Annots=ArrayObject([written(Subtype="/FileAttachment")])), "active-content"),
        (on_page(Annots=ArrayObject([written(Subtype="/RichMedia")])), "active-content"),
        (
            by_hand(b"<</Type/Catalog/Pages 2 0 R/Open#41ction 4 0 R>>", PAGES, PAGE, b"<</S/#4aavaScript/J#53 (x)>>"),
            "active-content",
        ),
        (by_hand(b"<</Type/Catalog/Pages 2 0 R>>", PAGES, PAGE, b"<</S/JavaScript>>"), "active-content"),
        (packed(b"4 0 <</S /Launch>>"), "active-content"),
        (papers.pdf(21), "too-many-pages"),
        (by_hand(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"), "damaged"),
        (by_hand(b"<</Type/Catalog>>"), "damaged"),
        (papers.pdf()[:400], "damaged"),
        (b"%PDF-1.7\n" + b"junk " * 500, "damaged"),
        (b"%PDFjunk", "damaged"),
        (b"%PDF-1.7\n" + bytes(10 * 1024 * 1024), "file-too-large"),
    ],
    ids=[
        *("with a password", "with an owner's password", "a script on opening", "an attachment", "a form as a program"),
        *(
            "an act of the document",
            "an act of a page",
            "starts a program",
            "a way out",
            "another file",
            "sends a form",
        ),
        *("an attachment on a page", "a film", "spelt crookedly", "a script that nothing refers to", "in a stream"),
        *("too many pages", "no page", "no page tree", "half of it", "junk", "hardly the beginning", "too large"),
    ],
)
def test_what_could_act_or_can_not_be_read_is_refused_with_what_to_do(raw, code):
    assert refusal(raw) == code
    assert "refused" in examined(raw)


def round_in_circles():
    """Pages that hold themselves, and more of them than anybody prints."""
    return by_hand(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R 2 0 R]/Count 99999999>>")


def pages_of_pages():
    """Twenty levels, each of which holds the next ten times: more pages than atoms."""
    levels = [b"<</Type/Pages/Count 9/Kids[%s]>>" % (b"%d 0 R " % number * 10) for number in range(3, 22)]
    return by_hand(b"<</Type/Catalog/Pages 2 0 R>>", *levels, PAGE)


BOMBS = {
    "a stream of objects that unpacks to a gigabyte": lambda: packed(b"4 0 " + bytes(100_000_000)),
    "pages that hold themselves": round_in_circles,
    "pages of pages of pages": pages_of_pages,
    "a list in a list in a list": lambda: by_hand(b"<</Type/Catalog/X " + b"[" * 900_000 + b">>"),
    "a dictionary in a dictionary": lambda: by_hand(b"<</X" * 100_000 + b">>" * 100_000),
    "a hundred thousand objects": lambda: by_hand(b"<</Type/Catalog/Pages 2 0 R>>", PAGES, PAGE, *[b"<<>>"] * 100_000),
    "nine megabytes of brackets": lambda: b"%PDF-1.7\n" + b"<" * 9_000_000,
    "a stream of any length": lambda: by_hand(b"<</Type/Catalog/Length 99999999999>>stream\nx\nendstream"),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_within_seconds_and_leaves_the_next_file_alone(bomb):
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert refusal(bomb()) in ("damaged", "too-complex", "too-many-pages")
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime < 20
    assert READER.pages(papers.pdf()) == 1


def test_a_file_that_takes_too_long_is_given_up():
    with pytest.raises(PhotoRefused) as caught:
        IsolatedPdfReader(wall=0.01).pages(papers.pdf())
    assert caught.value.code == "too-complex"


def test_two_files_at_a_time_are_enough():
    reader = IsolatedPdfReader(patience=0.01)
    held = [reader._places.acquire(blocking=False) for _ in range(2)]
    assert held == [True, True]
    with pytest.raises(InspectorBusy):
        reader.pages(papers.pdf())
    reader._places.release()
    assert reader.pages(papers.pdf()) == 1


def test_many_at_once_are_all_answered():
    found = []
    threads = [threading.Thread(target=lambda: found.append(READER.pages(papers.pdf(2)))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [2] * 4


def test_the_inspector_keeps_a_file_as_it_is_where_one_is_taken_and_refuses_it_elsewhere():
    inspector = PillowInspector(pdfs=READER)
    made = inspector.inspect("other", papers.pdf(3), None, ("picture", "pdf"))
    assert (made.content, made.media_type, made.pages) == (papers.pdf(3), "application/pdf", 3)
    assert (made.width, made.height) == (None, None)
    for kind, accepted in (("identity_document", ("picture",)), ("photo", ("picture",))):
        with pytest.raises(PhotoRefused) as caught:
            inspector.inspect(kind, papers.pdf(), None, accepted)
        assert caught.value.code == "unsupported-format"
    assert inspector.inspect("other", drawn.card_sample(), None, ("picture", "pdf")).media_type == "image/jpeg"
