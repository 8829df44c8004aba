"""Items that are chosen together: their order, and the questions and pictures they share."""

from collections.abc import Container, Mapping

from bundles.consistency.found import Found
from bundles.definition import Bundle, Field, Item, Material
from bundles.toml_lines import Path


def together(bundle: Bundle) -> Found:
    """Faults between the items of a bundle, in the order of its items."""
    after = {item.code: item.after for item in bundle.items}
    fields: dict[str, Field] = {}
    materials: dict[str, Material] = {}
    for index, item in enumerate(bundle.items):
        here = ("items", index)
        yield from _following(here, item, after)
        if item.after and bundle.selection != "many":
            yield (*here, "after"), '只有能一次选几项的（selection = "many"）才写 after。'
        for position, code in enumerate(item.after):
            if code not in after:
                yield (*here, "after", position), f"没有代号为“{code}”的事项。"
            elif _leads_to(code, item.code, after):
                yield (*here, "after", position), f"“{item.code}”和“{code}”互相等着对方先办，排不出先后。"
        if bundle.selection == "many":
            for position, each in enumerate(item.fields):
                first = fields.setdefault(each.code, each)
                if (first.kind, first.label, first.choices) != (each.kind, each.label, each.choices):
                    sentence = f"几个事项共用的“{each.code}”，种类、名称和选项要写得一样。"
                    yield (*here, "fields", position), sentence
            for position, material in enumerate(item.materials):
                if material.upload and materials.setdefault(material.kind, material).photo != material.photo:
                    yield (*here, "materials", position, "photo"), "几个事项共用的照片，要求要写得一样。"


def _following(here: Path, item: Item, known: Container[str]) -> Found:
    for position, code in enumerate(item.then):
        if code not in known:
            yield (*here, "then", position), f"没有代号为“{code}”的事项。"


def _leads_to(code: str, goal: str, after: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether one comes from `code` to `goal` along `after`, which holds for `code` itself."""
    seen, waiting = set[str](), [code]
    while waiting:
        each = waiting.pop()
        if each == goal:
            return True
        if each not in seen:
            seen.add(each)
            waiting += after.get(each, ())
    return False
