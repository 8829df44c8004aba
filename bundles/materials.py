"""Which pictures an application asks for, and whether those handed in are the right ones.

A material is found by its kind: within one channel and capacity no two that are uploaded share one (`consistency`).
"""

from collections.abc import Iterator, Sequence

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
    for each in _missing(wanted, counts):
        yield Fault(f"uploads.{each.code}", "required", f"请先上传{each.name}。")
    for each in wanted:
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


def _missing(wanted: Sequence[Material], counts: dict[str, int]) -> Iterator[Material]:
    """Required materials without a picture. Of alternatives one suffices; the one that was begun is asked for."""
    groups: dict[str, dict[str, list[Material]]] = {}
    for each in wanted:
        if each.group:
            groups.setdefault(each.group, {}).setdefault(each.variant, []).append(each)
        elif each.necessity == "required" and each.kind not in counts:
            yield each
    for variants in groups.values():
        lacking = [
            [each for each in variant if each.necessity == "required" and each.kind not in counts]
            for variant in variants.values()
        ]
        if all(lacking):
            begun = [any(each.kind in counts for each in variant) for variant in variants.values()]
            yield from lacking[begun.index(True) if True in begun else 0]
