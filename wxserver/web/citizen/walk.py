"""The steps of one application, derived from the item's definition: which there are, where one stands.

A step is `item`, `place`, `card`, `form`, `check`, or `material:<code>` for what is handed in as a picture.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from bundles.acting import PROOFS
from bundles.application import Fault
from bundles.definition import Bundle, Item, Material
from bundles.engine import check_form
from bundles.materials import asked
from bundles.rules import Facts, fields_of
from wxserver.usecases.drafting import DraftView
from wxserver.usecases.uploading import UploadView
from wxserver.web.citizen.addresses import url_for

_ENDPOINTS: Final = {"place": "citizen.place", "card": "citizen.card", "form": "citizen.form", "check": "citizen.check"}
_MATERIAL: Final = "material:"
CHANNEL: Final = "online"
ACTING: Final = "self"
GUARDIAN: Final = "guardian"


@dataclass(frozen=True, slots=True)
class Whom:
    """The child for whom a guardian fills it in: what the guardian wrote, masked, and whether they have proven to be
    one."""

    ward: str
    name: str
    age: int
    document_kind: str
    proven: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """Choosing the item is step 1, checking the last; place, card, form and pictures come only where it needs them.

    `form`: the answers so far; `handed`: kinds of the pictures so far; `whom`: the child, where it is for one;
    `leaning`: code of the material that somebody has turned to.
    """

    bundle: Bundle
    item: Item
    form: Mapping[str, object] = field(default_factory=dict)
    handed: frozenset[str] = frozenset()
    whom: Whom | None = None
    leaning: str = ""

    @property
    def acting_as(self) -> str:
        """In which capacity it is filled in."""
        return ACTING if self.whom is None else GUARDIAN

    @property
    def acting(self) -> Mapping[str, object] | None:
        """Who acts, as a submission has it; None for oneself."""
        return None if self.whom is None else {"as": GUARDIAN, "ward": self.whom.ward}

    @property
    def ward(self) -> str | None:
        """The child it is for, None for oneself."""
        return None if self.whom is None else self.whom.ward

    @property
    def asked(self) -> tuple[Material, ...]:
        """What may be handed in as pictures, in order: materials, and fields that are answered with one; those that the
        answers so far do not ask for are left out."""
        answers = {code: value for code, value in self.form.items() if isinstance(value, str)}
        facts = Facts(form=answers, fields=fields_of(self.item), bundle=self.bundle)
        if self.whom is not None:
            facts = replace(facts, age=self.whom.age, document_kind=self.whom.document_kind, acting_as=GUARDIAN)
        return asked(self.item, CHANNEL, self.acting_as, facts)

    @property
    def materials(self) -> tuple[Material, ...]:
        """What is handed in as pictures; of alternatives the one that was begun, or else the first."""
        every = self.asked
        chosen = {group: self._variant(group, every) for group in dict.fromkeys(each.group for each in every)}
        return tuple(each for each in every if not each.group or each.variant == chosen[each.group])

    def _variant(self, group: str, every: tuple[Material, ...]) -> str:
        of_group = [each for each in every if each.group == group]
        if self.whom is not None and not self.whom.proven:
            # Only the papers that prove the guardianship do.
            proving = {each.variant for each in of_group if each.kind in PROOFS}
            of_group = [each for each in of_group if each.variant in proving] or of_group
        turned = [each for each in of_group if each.code == self.leaning]
        begun = [each for each in of_group if each.kind in self.handed]
        return (turned or begun or of_group)[0].variant

    def instead_of(self, material: Material) -> Material | None:
        """What may be handed in in place of this material, where nothing was begun: the first of another variant."""
        if not material.group or material.kind in self.handed or (self.whom is not None and not self.whom.proven):
            return None
        others = (each for each in self.asked if each.group == material.group and each.variant != material.variant)
        return next(others, None)

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps in order, beginning with `item`."""
        wanted = {
            "item": True,
            "place": bool(self.item.place_fields),
            "card": self.item.needs_card,
            "form": bool(self.item.form_fields),
        }
        photos = tuple(material_step(each) for each in self.materials)
        return (*(step for step, is_there in wanted.items() if is_there), *photos, "check")

    @property
    def length(self) -> int:
        """How many steps there are."""
        return len(self.steps)

    def position(self, step: str) -> int:
        """The number of a step, from 1."""
        return self.steps.index(step) + 1

    def material(self, code: str) -> Material | None:
        """The asked material with this code."""
        return next((each for each in self.materials if each.code == code), None)

    def turned_to(self, step: str) -> "Walk":
        """The walk by way of this step, where it is an alternative to one of its own."""
        code = step.removeprefix(_MATERIAL)
        if not step.startswith(_MATERIAL) or step in self.steps or all(each.code != code for each in self.asked):
            return self
        return replace(self, leaning=code)

    def url(self, step: str) -> str:
        """The address of a step."""
        bundle, item = self.bundle.code, self.item.code
        if step == "item":
            return url_for("citizen.bundle", bundle_code=bundle, item=item)
        if step.startswith(_MATERIAL):
            code = step.removeprefix(_MATERIAL)
            return url_for("citizen.photo", bundle_code=bundle, item_code=item, material_code=code)
        return url_for(_ENDPOINTS[step], bundle_code=bundle, item_code=item)

    def material_url(self, material: Material) -> str:
        """The address of the step where a material is handed in."""
        return self.url(material_step(material))

    @property
    def whom_url(self) -> str:
        """Where one says for whom it is."""
        return url_for("citizen.for_whom", bundle_code=self.bundle.code, item_code=self.item.code)

    @property
    def guide_url(self) -> str:
        """The address of the guide page."""
        return url_for("citizen.guide", bundle_code=self.bundle.code, item_code=self.item.code)

    @property
    def draft_url(self) -> str:
        """Where the draft is deleted."""
        return url_for("citizen.drop_draft", bundle_code=self.bundle.code, item_code=self.item.code)

    @property
    def first_url(self) -> str:
        """The address of the first step after the guide. An item that asks nothing begins its check afresh."""
        first = self.steps[1]
        return f"{self.url(first)}?begin=1" if self.asks_nothing else self.url(first)

    @property
    def asks_nothing(self) -> bool:
        """Whether there is nothing between choosing the item and the check."""
        return self.steps == ("item", "check")

    def next_url(self, step: str) -> str:
        """The address of the step after this one."""
        return self.url(self.steps[self.steps.index(step) + 1])

    def back_url(self, step: str) -> str:
        """The address before this step; before the first one after choosing lies the guide."""
        before = self.steps[self.steps.index(step) - 1]
        return self.guide_url if before == "item" else self.url(before)

    def tasks(self, draft: DraftView) -> tuple[tuple[str, str, bool], ...]:
        """What there is to do before the check: (title, address, whether the draft holds it)."""
        titles = {"place": "选地区和银行", "card": "选社保卡", "form": "填写信息"}
        titles |= {
            material_step(each): each.name if each.kind == "signature" else f"上传{each.name}"
            for each in self.materials
        }
        return tuple((titles[step], self.url(step), self.is_done(step, draft)) for step in self.steps[1:-1])

    def resume_url(self, draft: DraftView) -> str:
        """The address of the first step that this draft has not finished."""
        return self.url(next(step for step in self.steps[1:] if not self.is_done(step, draft)))

    def is_done(self, step: str, draft: DraftView | None) -> bool:
        """Whether a draft holds what the step asks for; the check is never done."""
        if draft is None:
            return False
        if step == "card":
            return draft.card_id is not None
        if step in ("place", "form"):
            asked = self.item.place_fields if step == "place" else self.item.form_fields
            given = {each.code: draft.form[each.code] for each in asked if each.code in draft.form}
            return bool(given) and not self.check(draft.form, [each.code for each in asked])
        material = self.material(step.removeprefix(_MATERIAL))
        if step == "check" or material is None:
            return False
        kinds = {each.kind for each in draft.uploads}
        return material.kind in kinds or not self._is_needed(material, kinds)

    def check(self, form: Mapping[str, object], codes: Collection[str]) -> tuple[Fault, ...]:
        """What is wrong with the answers to these fields, given all there are."""
        return check_form(self.item, form, codes, Facts(bundle=self.bundle)).faults

    def _is_needed(self, material: Material, kinds: Collection[str]) -> bool:
        """Whether the material is missing: required, and no alternative of its group has been handed in."""
        if material.necessity != "required":
            return False
        return not any(
            each.group == material.group and each.variant != material.variant and each.kind in kinds
            for each in self.asked
            if material.group
        )


def material_step(material: Material) -> str:
    """The name of the step where a material is handed in."""
    return _MATERIAL + material.code


def handed_in(material: Material, draft: DraftView | None) -> tuple[UploadView, ...]:
    """The pictures of a material in a draft, in order."""
    return tuple(each for each in draft.uploads if each.kind == material.kind) if draft else ()
