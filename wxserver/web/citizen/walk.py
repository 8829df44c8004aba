"""The steps of one application, derived from the item's definition: which there are, where one stands."""

from dataclasses import dataclass
from typing import Final

from flask import url_for

from bundles.definition import Bundle, Item

_ENDPOINTS: Final = {"card": "citizen.card", "form": "citizen.form", "check": "citizen.check"}


@dataclass(frozen=True, slots=True)
class Walk:
    """Choosing the item is step 1; card and form come only where the item needs them; checking is the last."""

    bundle: Bundle
    item: Item

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps in order, beginning with `item`."""
        wanted = {"item": True, "card": self.item.needs_card, "form": bool(self.item.fields), "check": True}
        return tuple(step for step, is_there in wanted.items() if is_there)

    @property
    def length(self) -> int:
        """How many steps there are."""
        return len(self.steps)

    def position(self, step: str) -> int:
        """The number of a step, from 1."""
        return self.steps.index(step) + 1

    def url(self, step: str) -> str:
        """The address of a step."""
        if step == "item":
            return url_for("citizen.bundle", bundle_code=self.bundle.code, item=self.item.code)
        return url_for(_ENDPOINTS[step], bundle_code=self.bundle.code, item_code=self.item.code)

    @property
    def guide_url(self) -> str:
        """The address of the guide page."""
        return url_for("citizen.guide", bundle_code=self.bundle.code, item_code=self.item.code)

    @property
    def first_url(self) -> str:
        """The address of the first step after the guide."""
        return self.url(self.steps[1])

    def next_url(self, step: str) -> str:
        """The address of the step after this one."""
        return self.url(self.steps[self.steps.index(step) + 1])

    def back_url(self, step: str) -> str:
        """The address before this step; before the first one after choosing lies the guide."""
        before = self.steps[self.steps.index(step) - 1]
        return self.guide_url if before == "item" else self.url(before)
