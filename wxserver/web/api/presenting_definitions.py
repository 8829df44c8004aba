"""Definitions as citizens see them, as dicts for JSON. What only handlers and staff need is left out."""

from collections.abc import Callable

from bundles import regions
from bundles.definition import Bundle, Condition, Contact, Field, Item, Material, Period, TimeLimit
from wxserver.usecases.catalogue import Promise, Published
from wxserver.web.api.presenting import Json, day_or_null

Promises = Callable[[Item], Promise]
"""What an item promises if it is submitted now."""


def bundle_summary(published: Published) -> Json:
    bundle = published.bundle
    return {
        "code": bundle.code,
        "name": bundle.name,
        "short_name": bundle.short_name,
        "version": published.version,
        "organiser": bundle.organiser,
        "region": bundle.region,
        "introduction": bundle.introduction,
    }


def bundle(published: Published, promise: Promises) -> Json:
    definition = published.bundle
    return {
        **bundle_summary(published),
        "selection": definition.selection,
        "items": [item_summary(each, promise(each)) for each in definition.items],
        "contacts": [_contact(each) for each in definition.contacts],
        "legal_basis": list(definition.legal_basis),
        "banks": [{"code": each.code, "name": each.name} for each in definition.banks],
        "places": [
            {"code": each.code, "name": each.name, "items": list(each.items), "banks": list(each.banks)}
            for each in definition.places
        ],
        "reminders": [
            {"code": each.code, "of": each.of, "days_before": each.days_before, "item": each.item, "text": each.text}
            for each in definition.reminders
        ],
    }


def item_summary(item: Item, promise: Promise) -> Json:
    return {
        "code": item.code,
        "name": item.name,
        "short_name": item.short_name,
        "summary": item.summary,
        "limits": {channel: _limit(each) for channel, each in item.limits.items()},
        "promise": _promise(promise),
        "fee": item.fee.text,
        "needs_card": item.needs_card,
        "assurance": item.assurance,
        "minutes": item.minutes,
    }


def item(published: Published, item: Item, promise: Promise) -> Json:
    owner: Bundle = published.bundle
    return {
        "bundle": owner.code,
        "version": published.version,
        **item_summary(item, promise),
        "channels": list(item.channels),
        "hours": dict(item.hours),
        "acting": list(item.acting),
        "card_states": list(item.card_states),
        "fresh_minutes": item.fresh_minutes,
        "review": item.review,
        "clock_starts": item.clock_starts,
        "fee": {
            "fen": item.fee.fen,
            "text": item.fee.text,
            "legal_basis": item.fee.legal_basis,
            "delivery": [{"zone": each.zone, "label": each.label, "fen": each.fen} for each in item.fee.delivery],
        },
        "before_you_start": list(item.before_you_start),
        "materials": [_material(each) for each in item.materials],
        "fields": [_field(each) for each in item.fields],
        "at_least_one": list(item.at_least_one),
        "steps": [{"node": each.node, "title": each.title} for each in item.steps],
        "guide": {
            "served": item.guide.served,
            "conditions": list(item.guide.conditions),
            "flow": {channel: list(steps) for channel, steps in item.guide.flow.items()},
            "result": item.guide.result,
            "window": item.guide.window,
            "legal_basis": list(item.guide.legal_basis),
        },
        "questions": [{"code": each.code, "question": each.question, "answer": each.answer} for each in item.questions],
        "contacts": [_contact(each) for each in item.contacts or owner.contacts],
        "after": list(item.after),
        "then": list(item.then),
        "periods": [_period(each) for each in item.periods],
        "delivery": list(item.delivery),
        "archive": {channel: list(kinds) for channel, kinds in item.archive.items()},
    }


def region(code: str) -> Json:
    """A region with those directly under it; the country for an empty code. The code is known to be one."""
    found = regions.find(code)
    return {
        "code": code,
        "name": found.name if found else "全国",
        "full_name": regions.full_name(code),
        "level": found.level if found else "country",
        "children": [
            {"code": each.code, "name": each.name, "level": each.level, "leaf": not regions.children(each.code)}
            for each in regions.children(code)
        ],
        "next": None,
    }


def _period(period: Period) -> Json:
    return {
        "code": period.code,
        "label": period.label,
        "limit": _limit(period.limit),
        "starts": period.starts,
        "channels": list(period.channels),
        "note": period.note,
    }


def _limit(limit: TimeLimit) -> Json:
    return {"unit": limit.unit, "amount": limit.amount, "text": limit.text}


def _promise(promise: Promise) -> Json:
    return {
        "text": promise.text,
        "due_on": None if promise.due is None else day_or_null(promise.due.due_on),
        "provisional": promise.due is not None and promise.due.provisional,
    }


def _field(field: Field) -> Json:
    return {
        "code": field.code,
        "kind": field.kind,
        "label": field.label,
        "hint": field.hint,
        "required": field.required,
        "choices": [{"code": each.code, "label": each.label, "hint": each.hint} for each in field.choices],
        "min_length": field.min_length,
        "max_length": field.max_length,
        "autocomplete": field.autocomplete,
        "sensitive": field.sensitive,
        "prefill": field.prefill,
        "within": field.within,
        "level": field.level,
        "region_field": field.region_field,
        "visible_when": _condition(field.visible_when),
    }


def _material(material: Material) -> Json:
    photo = material.photo
    return {
        "code": material.code,
        "name": material.name,
        "kind": material.kind,
        "whose": material.whose,
        "necessity": material.necessity,
        "channels": list(material.channels),
        "acting": list(material.acting),
        "form": material.form,
        "copies": material.copies,
        "documents": list(material.documents),
        "group": material.group,
        "variant": material.variant,
        "photo": None
        if photo is None
        else {
            "width": photo.width,
            "height": photo.height,
            "background": photo.background,
            "min_bytes": photo.min_bytes,
            "max_bytes": photo.max_bytes,
        },
        "source": material.source,
        "note": material.note,
        "upload": material.upload,
        "most": material.most,
        "accepted": list(material.accepted),
        "held": list(material.held),
        "held_days": material.held_days,
        "when": _condition(material.when),
    }


def _condition(condition: Condition | None) -> Json | None:
    if condition is None:
        return None
    return {
        "kind": condition.kind,
        "field": condition.field,
        "values": list(condition.values),
        "minimum": condition.minimum,
        "maximum": condition.maximum,
        "expected": condition.expected,
        "of": [_condition(each) for each in condition.of],
    }


def _contact(contact: Contact) -> Json:
    return {"kind": contact.kind, "label": contact.label, "value": contact.value, "hours": contact.hours}
