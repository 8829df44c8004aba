"""Which pictures an application asks for, and whether those handed in are the right ones.

A material is found by its kind: within one channel and capacity no two that are uploaded share one (`consistency`).
"""

from collections.abc import Callable, Iterator, Sequence

from bundles.application import Fault, Handed
from bundles.definition import Item, Material
from bundles.rules import Facts, evaluate
from bundles.vocabulary import UPLOAD_KINDS


def asked(item: Item, channel: str, acting_as: str, facts: Facts) -> tuple[Material, ...]:
    """The materials to be uploaded, required ones and others. Where `when` is undecided the material is asked for."""
    return tuple(
        each
        for each in item.uploads_for(channel, acting_as)
        if each.when is None or evaluate(each.when, facts).met is not False
    )


def card_photo(item: Item) -> Material | None:
    """The uploaded material that becomes the picture on the card, or None."""
    return next((each for each in item.materials if each.upload and each.photo is not None), None)


def faults_of_uploads(
    item: Item, channel: str, acting_as: str, uploads: Sequence[Handed], facts: Facts
) -> Iterator[Fault]:
    """What is missing (`required`), what is too many, and what nobody asked for."""
    wanted = asked(item, channel, acting_as, facts)
    counts: dict[str, int] = {}
    for handed in uploads:
        counts[handed.kind] = counts.get(handed.kind, 0) + 1
    for each in _missing(wanted, lambda material: material.kind in counts):
        yield Fault(f"uploads.{each.code}", "required", f"请先上传{each.name}。")
    for each in wanted:
        if "pdf" not in each.accepted and any(handed.is_pdf and handed.kind == each.kind for handed in uploads):
            yield Fault(f"uploads.{each.code}", "picture-only", f"“{each.name}”要交照片，请把 PDF 换成照片。")
        count = counts.pop(each.kind, 0)
        if count > each.most:
            yield Fault(
                f"uploads.{each.code}",
                "too-many",
                f"“{each.name}”最多 {each.most} 张，现在有 {count} 张，请删掉多的再提交。",
            )
    if counts:
        names = "、".join(UPLOAD_KINDS.get(kind, "没有看懂的材料") for kind in counts)
        yield Fault("uploads", "upload-not-asked", f"办“{item.name}”不用上传：{names}。请去掉它再提交。")


def faults_of_shown(item: Item, channel: str, acting_as: str, shown: Sequence[str], facts: Facts) -> Iterator[Fault]:
    """Which necessary materials a clerk has not seen, and which codes are no material of this application."""
    wanted = [
        each
        for each in item.materials_for(channel, acting_as)
        if each.when is None or evaluate(each.when, facts).met is not False
    ]
    for each in _missing(wanted, lambda material: material.code in shown):
        yield Fault(f"materials.{each.code}", "required", f"请先核对原件：{each.name}。")
    known = {each.code for each in wanted}
    if any(code not in known for code in shown):
        yield Fault("materials", "unknown-material", f"办“{item.name}”没有这种材料，请刷新后重新勾选。")


def _missing(wanted: Sequence[Material], is_there: Callable[[Material], bool]) -> Iterator[Material]:
    """Required materials that are not there. Of alternatives one suffices; the one that was begun is asked for."""
    groups: dict[str, dict[str, list[Material]]] = {}
    for each in wanted:
        if each.group:
            groups.setdefault(each.group, {}).setdefault(each.variant, []).append(each)
        elif each.necessity == "required" and not is_there(each):
            yield each
    for variants in groups.values():
        lacking = [
            [each for each in variant if each.necessity == "required" and not is_there(each)]
            for variant in variants.values()
        ]
        if all(lacking):
            begun = [any(is_there(each) for each in variant) for variant in variants.values()]
            yield from lacking[begun.index(True) if True in begun else 0]
