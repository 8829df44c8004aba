"""Where links in messages and chats lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Addresses:
    """`public_url`: where our pages are, without a slash at its end; `services`: the official accounts, first the one
    that pages sign in by where nothing says otherwise."""

    public_url: str
    services: Sequence[str]

    def of(self, account: str, path: str) -> str:
        """The address of the page at `path` for who taps it in this account. From another official account than the
        first it leads through that account's own silent sign-in: by the first one's nobody would be known."""
        if account not in self.services[1:]:
            return f"{self.public_url}{path}"
        return f"{self.public_url}/wechat/{account}/login?next={quote(path)}"
