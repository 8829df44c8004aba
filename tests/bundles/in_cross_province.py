"""What the tests of the cross-province service ask with: its cities, and an application for a first card."""

from bundles import facts
from tests.bundles.guides import asking, told
from tests.bundles.making import TODAY

KS = "cross_province"
JINAN, ZIBO, ZAOZHUANG = "370100", "370300", "370400"
HOME = {"address_region": "310101", "address": "南京东路 8 号", "phone": "13812345620"}
APPLY = {"place": JINAN, "bank": "ccb", "agreed": True, "occupation": "教师", **HOME}
NEVER = facts.known(TODAY, cards=(), productions=())


def applying(form=APPLY, **more):
    return told(asking(KS, "apply", form, **({"known": NEVER} | more)))
