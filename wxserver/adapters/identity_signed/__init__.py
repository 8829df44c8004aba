"""Generic identity provider with signed calls and callbacks (contract, "Generic signed provider")."""

from wxserver.adapters.identity_signed.provider import SignedIdentityProvider as SignedIdentityProvider
