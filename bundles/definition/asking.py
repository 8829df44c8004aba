"""What an application asks of a person: the questions of a form, and the materials to hand in."""

from dataclasses import dataclass
from typing import Final, Literal

from bundles.definition.basics import Condition

FieldKind = Literal[
    "text",
    "phone",
    "address",
    "email",
    "choice",
    "yes_no",
    "date",
    "region",
    "place",
    "bank",
    "photo",
    "file",
    "signature",
]
PICTURE_KINDS: Final = {"photo": "photo", "file": "other", "signature": "signature"}
"""Field kind -> kind of upload that answers it. Such a field has no answer in the form."""
PLACE_KINDS: Final = ("place", "bank")
"""Fields that choose among the bundle's places and the banks open there; asked before everything else."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a choice field."""

    code: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A question of the form. Lengths count characters after NFC. `sensitive` answers are masked by default.

    `prefill` names what of the registry's profile may answer it (phone, address, email, occupation). A region is
    chosen inside `within` (GB/T 2260, empty: the country) down to `level`; an address bears the name of the region
    chosen in `region_field` before its own text. Photo, file and signature are answered with a picture.
    """

    code: str
    kind: FieldKind
    label: str
    hint: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    min_length: int = 0
    max_length: int = 100
    autocomplete: str = ""
    visible_when: Condition | None = None
    sensitive: bool = False
    prefill: str = ""
    within: str = ""
    level: Literal["province", "city", "county"] = "county"
    region_field: str = ""


@dataclass(frozen=True, slots=True)
class PhotoRule:
    """What a photo must be like: pixels, background, size of the file in bytes."""

    width: int
    height: int
    background: str = "white"
    min_bytes: int = 0
    max_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Material:
    """Something to hand in: keyed by item (where it stands), channel, who acts, and whose document it is.

    Materials of one `group` are alternatives, told apart by `variant`: all necessary ones of one variant suffice.
    `upload` asks for it as an upload in the online application; otherwise it is only described in the guide.
    `most`: how many pictures of it may be handed in; `accepted`: as which kinds of file.
    `held`: where it may come from instead, with the person's consent: an earlier case not older than `held_days`, or
    the registry. `documents` lists the kinds of identity document that are accepted as this material.
    """

    code: str
    name: str
    kind: str
    whose: Literal["holder", "actor", "unit"] = "holder"
    necessity: Literal["required", "optional", "if_changed"] = "required"
    channels: tuple[str, ...] = ("online",)
    acting: tuple[str, ...] = ("self",)
    form: Literal["original", "copy", "electronic"] = "electronic"
    copies: int = 1
    documents: tuple[str, ...] = ()
    group: str = ""
    variant: str = ""
    when: Condition | None = None
    photo: PhotoRule | None = None
    source: str = ""
    note: str = ""
    upload: bool = False
    most: int = 1
    accepted: tuple[Literal["picture", "pdf"], ...] = ("picture",)
    held: tuple[Literal["earlier_case", "registry"], ...] = ()
    held_days: int = 180


def as_material(each: Field, channels: tuple[str, ...], acting: tuple[str, ...]) -> Material:
    """A field that is answered with a picture, as the material it asks for."""
    return Material(
        code=each.code,
        name=each.label,
        kind=PICTURE_KINDS[each.kind],
        necessity="required" if each.required else "optional",
        channels=channels,
        acting=acting,
        when=each.visible_when,
        note=each.hint,
        upload=True,
        accepted=("picture", "pdf") if each.kind == "file" else ("picture",),
    )
