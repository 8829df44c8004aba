"""Tencent's E证通."""

from wxserver.adapters.eid.client import EidProvider as EidProvider
from wxserver.adapters.eid.sealed import SessionKeys as SessionKeys
from wxserver.adapters.eid.sealed import SmMissing as SmMissing
