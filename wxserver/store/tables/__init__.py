"""The schema, one module per subject. `Base.metadata` holds every table once this package is imported."""

from wxserver.store.tables import (
    accounts,
    applications,
    definitions,
    identity,
    machinery,
    messages,
    records,
    staff,
    uploads,
)
from wxserver.store.tables.base import Base

__all__ = [
    "Base",
    "accounts",
    "applications",
    "definitions",
    "identity",
    "machinery",
    "messages",
    "records",
    "staff",
    "uploads",
]
