"""The closed word lists of the contract, each word with its Chinese name for citizens.

Keys stand in code, tables and URLs; values are what people read. Order is the order shown.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _words(**words: str) -> Mapping[str, str]:
    return MappingProxyType(words)


CARD_STATES: Final = _words(
    sealed="封存", active="正常", temporarily_lost="临时挂失", formally_lost="正式挂失", locked="锁定", cancelled="注销"
)
"""States of a social security card (contract, "Card states")."""

CARD_STATE_FINDINGS: Final = _words(
    sealed="还没有启用（封存）",
    active="状态正常",
    temporarily_lost="已经临时挂失",
    formally_lost="已经正式挂失",
    locked="已经锁定",
    cancelled="已经注销",
)
"""How a refusal says in which state a card was found; follows the words "这张卡"."""

DOCUMENT_KINDS: Final = _words(
    resident_id="居民身份证",
    household_register="居民户口簿",
    passport="护照",
    hk_macao_permit="港澳居民来往内地通行证",
    taiwan_permit="台湾居民来往大陆通行证",
    hmt_residence_permit="港澳台居民居住证",
    permanent_residence="外国人永久居留身份证",
    officer_card="军官证",
    social_security_card="社会保障卡",
)
"""Kinds of identity document (contract, "Identity document kinds")."""

UPLOAD_KINDS: Final = _words(
    photo="证件照",
    identity_document="身份证件",
    proxy_document="代办人证件",
    household_register="户口簿",
    guardianship_proof="监护关系证明",
    change_proof="信息变更证明",
    introduction_letter="单位介绍信",
    scene="现场照片",
    signature="手写签名",
    batch_sheet="批量办理明细表",
    other="其他材料",
)
"""Kinds of upload (contract, "Upload kinds")."""

CAPACITIES: Final = _words(self="本人", guardian="监护人", proxy="代办人", unit_agent="单位经办人")
"""Who acts (contract, `acting.as`)."""

CHANNELS: Final = _words(online="网上", window="窗口", kiosk="自助一体机", phone="电话")
"""Ways in which an item is offered (requirements, terms)."""

ASSURANCES: Final[Mapping[str, str]] = MappingProxyType(
    {"wechat": "微信身份", "password": "账号密码登录", "face": "人脸核验登录"}
)
"""Levels of certainty about a person, rising (design §4, Identity)."""

LOSS_KINDS: Final = _words(temporary="临时挂失", formal="正式挂失")
"""Kinds of loss report (requirements, last section)."""

BATCH_STATES: Final = _words(data_ready="已产生制卡数据", producing="制卡中", made="卡已制好")
"""How far a person's card in an employer's batch has come (requirements CQ-6)."""
