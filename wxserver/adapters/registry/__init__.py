"""The card registry over HTTP (contract, "Card registry")."""

from wxserver.adapters.registry.client import HttpCardRegistry as HttpCardRegistry
from wxserver.adapters.registry.events import SignedRegistryCallbacks as SignedRegistryCallbacks
