"""Looking at a version as a citizen would, before anybody else does: who may, by which link, and for how long.

A link needs no session: it is signed, short-lived, and dies with the account that made it. It always shows what the
version says now. What is done behind it stands in `pretending`: nothing of it reaches a registry, a case or a person.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bundles import schema
from bundles.definition import Bundle
from bundles.toml_lines import Path
from wxserver.ports import Clock
from wxserver.store import previews, records
from wxserver.store.database import Database
from wxserver.store.previews import VersionSeen
from wxserver.usecases.catalogue import Catalogue, Published
from wxserver.usecases.consenting import Consenting
from wxserver.usecases.faults import NotFound, Problem
from wxserver.usecases.pretending import PretendDesk, pretend
from wxserver.usecases.pretending.scene import Notes, Scene
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.tokens import same

LIFETIME = timedelta(minutes=30)
RENEWED_BELOW = timedelta(minutes=10)
"""A preview with less time left is not used again when the page is opened anew."""
MOST_COMPILED = 64

_TOKEN = re.compile(r"[0-9a-f]{72}")
_ID, _END = 32, 40


class Gone(Problem):
    """A link that was good once."""

    status, code = 410, "gone"


class Faulty(Problem):
    """A version that can't be shown before its faults are mended."""

    status, code = 409, "faulty"


@dataclass(frozen=True, slots=True)
class Content:
    """What a version says now: its bundle, None where it can't be read at all; and everything to mend, by place."""

    bundle: Bundle | None
    name: str
    region: str
    faults: tuple[tuple[Path, str], ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A preview for a member of staff: what it shows, and the link until `expires_at`."""

    version: VersionSeen
    content: Content
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What a link leads to: the bundle, and the desk where the citizen's pages ask."""

    version: VersionSeen
    bundle: Bundle
    is_faulty: bool
    desk: PretendDesk


class Previewing:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        rights: Rights,
        catalogue: Catalogue,
        consenting: Consenting,
        key: bytes,
        *,
        public_url: str,
    ) -> None:
        self.database = database
        self.clock = clock
        self.rights = rights
        self.catalogue = catalogue
        self.consenting = consenting
        self.public_url = public_url
        self._key = hmac.new(key, b"preview link", hashlib.sha256).digest()
        self._contents: dict[str, tuple[str, Content]] = {}

    def open(self, member: Member, code: str, number: int, *, anew: bool = False) -> Opened:
        """A preview of a version in whatever status, with its link. One that was opened a moment ago is gone on with,
        answers and all, unless `anew`. Raises NotFound and Forbidden."""
        with self.database.read() as unit:
            version = previews.version_of(unit, code, number)
        if version is None:
            raise NotFound("没有找到这个版本。请从“一件事定义”里重新进去。", code="unknown-version")
        content = self._content(version)
        subject = ("bundle_version", version.id)
        self.rights.demand(member, "bundles.see", bundle=code, region=content.region, subject=subject)
        now = self.clock.now()
        with self.database.read() as unit:
            found = previews.running(unit, version_id=version.id, staff_id=member.id, until=now + RENEWED_BELOW)
        if found is None or anew:
            found = self._begin(member, version, now)
        return Opened(version, content, self._token(*found), found[1])

    def look(self, token: str, item: str = "") -> Look:
        """What a link shows; `item`: the code of the item whose page is asked for.

        Raises NotFound (no link of ours), Gone (past its time), Faulty (can't be shown)."""
        preview_id, ends_at = self._read(token)
        now = self.clock.now()
        with self.database.read() as unit:
            found = previews.find(unit, preview_id, now) if now < ends_at else None
        if found is None:
            raise Gone("这个预览链接已经过了时间。请在电脑上打开预览，用新的二维码再看。")
        content = self._content(found.version)
        if content.bundle is None:
            count = len(content.faults)
            raise Faulty(f"这一版还有 {count} 处没有填好，现在看不了。请先在编辑页改好，再打开这个链接。")
        published = Published(found.version.id, found.version.number, content.bundle)
        scene = Scene(published, Notes(self.database, preview_id), now, item)
        desk = pretend(scene, self.catalogue, self.consenting, public_url=self.public_url)
        return Look(found.version, content.bundle, bool(content.faults), desk)

    def address(self, token: str) -> str:
        """The whole address of a link, for a phone."""
        return f"{self.public_url}/preview/{token}/"

    def _begin(self, member: Member, version: VersionSeen, now: datetime) -> tuple[str, datetime]:
        ends_at = (now + LIFETIME).replace(microsecond=0)
        with self.database.write() as unit:
            new = previews.add(unit, version_id=version.id, staff_id=member.id, now=now, expires_at=ends_at)
            records.audit(
                unit,
                actor_kind="staff",
                actor_id=member.username,
                action="previewed",
                subject_kind="bundle_version",
                subject_id=version.id,
                reason="",
                data={"bundle": version.bundle_code, "number": version.number, "until": ends_at.isoformat()},
                now=now,
            )
        return new, ends_at

    def _token(self, preview_id: str, ends_at: datetime) -> str:
        body = f"{preview_id}{int(ends_at.timestamp()):08x}"
        return body + self._sign(body)

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()[:32]

    def _read(self, token: str) -> tuple[str, datetime]:
        if not _TOKEN.fullmatch(token) or not same(self._sign(token[:_END]), token[_END:]):
            raise NotFound("这个预览链接不完整。请在电脑上打开预览，再扫一次二维码。", code="unknown-preview")
        return token[:_ID], datetime.fromtimestamp(int(token[_ID:_END], 16), UTC)

    def _content(self, version: VersionSeen) -> Content:
        """Read once for as long as the version stays as it is."""
        etag, content = self._contents.get(version.id, ("", None))
        if content is None or etag != version.etag:
            with self.database.read() as unit:
                etag, document = previews.document(unit, version.id)
            content = compiled(document)
            if len(self._contents) >= MOST_COMPILED:
                self._contents.clear()
            self._contents[version.id] = (etag, content)
        return content


def compiled(document: Mapping[str, object]) -> Content:
    """What a document says, faulty as it may be."""
    faults = tuple(schema.faults_in(document))
    name, region = (document.get(key) for key in ("name", "region"))
    try:
        bundle = schema.load_stored(document)
    except (schema.DefinitionFaults, RecursionError):
        bundle = None
    return Content(bundle, name if isinstance(name, str) else "", region if isinstance(region, str) else "", faults)
