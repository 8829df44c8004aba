"""All use cases of one app, together."""

from __future__ import annotations

from dataclasses import dataclass

from wxserver.usecases.account_desk import AccountDesk
from wxserver.usecases.accounts import Accounts
from wxserver.usecases.applying import Applying
from wxserver.usecases.auditing import Auditing
from wxserver.usecases.calendar_desk import CalendarDesk
from wxserver.usecases.calendars import Calendars
from wxserver.usecases.captchas import Captchas
from wxserver.usecases.cards import Cards
from wxserver.usecases.carrying import Carrying
from wxserver.usecases.casework import Casework
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.consenting import Consenting
from wxserver.usecases.conversing import Conversing
from wxserver.usecases.deciding import Deciding
from wxserver.usecases.demo_staff import DemoStaff
from wxserver.usecases.doctoring import Doctoring
from wxserver.usecases.drafting import Drafting
from wxserver.usecases.editing import Editing
from wxserver.usecases.guardianships import Guardianships
from wxserver.usecases.holding import Holding
from wxserver.usecases.inbox import Inbox
from wxserver.usecases.linking import Linking
from wxserver.usecases.menus import Menus, QrCodes
from wxserver.usecases.mini_programs import MiniPrograms
from wxserver.usecases.notifying import Notifying
from wxserver.usecases.organisation_desk import OrganisationDesk
from wxserver.usecases.password_signing_in import PasswordSignIn
from wxserver.usecases.previewing import Previewing
from wxserver.usecases.profiles import Profiles
from wxserver.usecases.publishing import Publishing
from wxserver.usecases.releasing import Releasing
from wxserver.usecases.reusing import Reusing
from wxserver.usecases.reviewing import Reviewing
from wxserver.usecases.rights import Rights
from wxserver.usecases.searching import Searching
from wxserver.usecases.sessions import Sessions
from wxserver.usecases.signing_in import SigningIn
from wxserver.usecases.staff_accounts import StaffAccounts
from wxserver.usecases.staff_cases import StaffCases
from wxserver.usecases.staff_guardianships import StaffGuardianships
from wxserver.usecases.staffing import Staffing
from wxserver.usecases.tidying import Tidying
from wxserver.usecases.timing import Timing
from wxserver.usecases.transferring import Transferring
from wxserver.usecases.unmasking import Unmasking
from wxserver.usecases.uploading import Uploading
from wxserver.usecases.verifying import Verifying
from wxserver.usecases.working import Working


@dataclass(frozen=True, slots=True)
class UseCases:
    sessions: Sessions
    signing_in: SigningIn
    consenting: Consenting
    verifying: Verifying
    captchas: Captchas
    password_signing_in: PasswordSignIn
    accounts: Accounts
    holding: Holding
    profiles: Profiles
    guardianships: Guardianships
    timing: Timing
    calendars: Calendars
    calendar_desk: CalendarDesk
    catalogue: Catalogue
    publishing: Publishing
    searching: Searching
    cards: Cards
    uploading: Uploading
    drafting: Drafting
    reusing: Reusing
    casework: Casework
    carrying: Carrying
    working: Working
    applying: Applying
    deciding: Deciding
    conversing: Conversing
    notifying: Notifying
    linking: Linking
    inbox: Inbox
    mini_programs: MiniPrograms
    menus: Menus
    qr_codes: QrCodes
    doctoring: Doctoring
    tidying: Tidying
    rights: Rights
    previewing: Previewing
    editing: Editing
    reviewing: Reviewing
    releasing: Releasing
    transferring: Transferring
    staffing: Staffing
    auditing: Auditing
    staff_cases: StaffCases
    unmasking: Unmasking
    staff_accounts: StaffAccounts
    account_desk: AccountDesk
    organisation_desk: OrganisationDesk
    staff_guardianships: StaffGuardianships
    demo_staff: DemoStaff
