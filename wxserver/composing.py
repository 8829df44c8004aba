"""The use cases over a world: who is handed what."""

from __future__ import annotations

from bundles.clock import OfficeHours
from wxserver.settings import Account as Configured
from wxserver.settings import Settings
from wxserver.usecases.account_desk import AccountDesk
from wxserver.usecases.accounts import Accounts
from wxserver.usecases.applying import Applying
from wxserver.usecases.asking import Asking
from wxserver.usecases.auditing import Auditing
from wxserver.usecases.calendar_desk import CalendarDesk
from wxserver.usecases.calendars import Calendars
from wxserver.usecases.captchas import Captchas
from wxserver.usecases.cards import Cards
from wxserver.usecases.carrying import Carrying
from wxserver.usecases.case_door import CaseDoor
from wxserver.usecases.casework import Casework
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.consenting import Consenting
from wxserver.usecases.deciding import Deciding
from wxserver.usecases.demo_staff import DemoStaff
from wxserver.usecases.desk import UseCases
from wxserver.usecases.drafting import Drafting
from wxserver.usecases.editing import Editing
from wxserver.usecases.guardianships import Guardianships
from wxserver.usecases.guessing import PER_SOURCE, Guessing
from wxserver.usecases.holding import Holding
from wxserver.usecases.judging import Judging
from wxserver.usecases.links import links_in
from wxserver.usecases.notice_words import Template
from wxserver.usecases.opening import Opening
from wxserver.usecases.organisation_desk import OrganisationDesk
from wxserver.usecases.password_signing_in import PasswordSignIn
from wxserver.usecases.previewing import Previewing
from wxserver.usecases.profiles import Profiles
from wxserver.usecases.proofs import Proofs
from wxserver.usecases.proving import Proving
from wxserver.usecases.publishing import Publishing
from wxserver.usecases.reusing import Reusing
from wxserver.usecases.review_desk import review_desk
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
from wxserver.usecases.unmasking import Unmasking
from wxserver.usecases.uploading import Uploading
from wxserver.usecases.verifiers import Verifiers
from wxserver.usecases.verifying import Verifying
from wxserver.usecases.wechat_desk import Account, Bureau, wechat_desk
from wxserver.usecases.working import Working
from wxserver.wiring import World


def compose(settings: Settings, world: World) -> UseCases:
    """The use cases over a world."""
    database, clock = world.database, world.clock
    public_url, lease = settings.server.public_url, settings.jobs.lease_seconds
    accounts = settings.wechat.accounts.values()
    sessions = Sessions(database, clock, world.csrf_key)
    rules = settings.clock
    hours = OfficeHours(rules.close, rules.late_counts_next) if rules.close else None
    timing = Timing(database, clock, pause_rule=rules.pause_rule, hours=hours)
    catalogue = Catalogue(database, clock, timing, first=settings.service.bundles)
    greetings = {each.code: each.greeting for each in accounts}
    cards = Cards(database, clock, world.registry)
    casework = Casework(database, clock, catalogue, timing)
    uploading = Uploading(database, clock, world.files, world.photos)
    working = Working(database, clock, lease_seconds=lease)
    carrying = Carrying(
        database,
        clock,
        world.registry,
        world.registry_callbacks,
        catalogue,
        casework,
        world.files,
        working,
    )
    drafting = Drafting(database, clock, catalogue)
    asking = Asking(database, clock, world.registry, cards)
    opening = Opening(clock, catalogue, timing, casework, carrying)
    rights = Rights(database, clock)
    calendars = Calendars(database, clock, timing)
    consenting = Consenting(database, clock)
    rehearsals = settings.server.is_sandbox
    proving = Proving(database, clock, world.passwords, world.codes, rehearsals=rehearsals)
    deciding = Deciding(database, clock, catalogue, casework, opening)
    door = CaseDoor(database, rights, catalogue)
    publishing = Publishing(
        database,
        clock,
        catalogue,
        rehearsals=rehearsals,
        links=lambda: links_in({f"wechat.accounts.{code}.greeting": text for code, text in greetings.items()}),
    )
    editing = Editing(database, clock, catalogue, rights, rehearsals=rehearsals)
    searching = Searching(catalogue)
    talk = wechat_desk(
        database,
        clock,
        catalogue,
        working,
        searching,
        wechat=world.wechat,
        http=world.http,
        accounts=[_account(each) for each in accounts],
        bureau=Bureau(
            public_url,
            settings.wechat.api_base_url,
            settings.service.name,
            settings.service.phone,
            settings.service.phone_hours,
        ),
    )
    casework.told = talk.notifying.told
    verifiers = Verifiers(database, clock, world.providers, world.provider_callbacks, _offered(settings))
    verifying = Verifying(database, clock, sessions, consenting, verifiers, public_url=public_url)
    verifying.bound = talk.linking.proven
    # In the sandbox the limits of one source are at least 600 a minute.
    guessing = Guessing(database, clock, per_source=36_000 if rehearsals else PER_SOURCE)
    verifying.proven = guessing.clear_person
    captchas = Captchas(database, clock, world.captchas)
    password_signing_in = PasswordSignIn(database, clock, sessions, world.passwords, captchas, guessing)
    password_signing_in.bound = talk.linking.proven
    signing_in = SigningIn(
        database,
        clock,
        world.wechat.login,
        sessions,
        public_url=public_url,
        service_accounts=[each.code for each in accounts if each.kind == "service"],
        mini_programs=[each.code for each in accounts if each.kind == "miniprogram"],
    )
    signing_in.met = talk.linking.met
    guardianships = Guardianships(database, clock, world.registry)
    return UseCases(
        sessions=sessions,
        signing_in=signing_in,
        consenting=consenting,
        verifying=verifying,
        profiles=Profiles(database, clock, world.wechat.login, consenting, public_url=public_url),
        holding=Holding(
            database,
            clock,
            catalogue,
            world.files,
            working,
            accounts={each.code: each.name for each in accounts},
            providers={code: port.title for code, port in world.providers.items()},
        ),
        guardianships=guardianships,
        staff_guardianships=StaffGuardianships(database, clock, rights, world.files, talk.notifying),
        captchas=captchas,
        password_signing_in=password_signing_in,
        accounts=Accounts(database, clock, world.passwords, guessing),
        account_desk=AccountDesk(database, clock, rights, world.passwords, guessing),
        organisation_desk=OrganisationDesk(database, clock, rights, catalogue),
        timing=timing,
        calendars=calendars,
        calendar_desk=CalendarDesk(database, clock, rights, timing, calendars),
        catalogue=catalogue,
        publishing=publishing,
        searching=searching,
        cards=cards,
        uploading=uploading,
        drafting=drafting,
        reusing=Reusing(drafting, uploading, world.registry),
        casework=casework,
        carrying=carrying,
        working=working,
        applying=Applying(
            database,
            clock,
            Judging(database, catalogue, cards, asking),
            asking,
            casework,
            working,
            opening,
            Proofs(database, clock),
        ),
        deciding=deciding,
        auditing=Auditing(database, clock, rights, catalogue),
        staff_cases=StaffCases(database, clock, rights, door, catalogue, timing, casework, deciding),
        unmasking=Unmasking(database, clock, catalogue, door, world.files),
        tidying=Tidying(database, clock, world.files),
        rights=rights,
        previewing=Previewing(database, clock, rights, catalogue, consenting, world.csrf_key, public_url=public_url),
        editing=editing,
        **review_desk(editing, publishing)._asdict(),
        **talk._asdict(),
        staffing=Staffing(database, clock, rights, world.csrf_key, proving, issuer=settings.service.name),
        staff_accounts=StaffAccounts(database, clock, rights, world.passwords, catalogue),
        demo_staff=DemoStaff(database, clock, proving, world.csrf_key),
    )


def _offered(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Account -> codes of the identity providers it offers."""
    everywhere = tuple(each.code for each in settings.providers.values() if each.kind != "wechat_face")
    all_of_them = tuple(settings.providers)
    return {
        each.code: each.identity or (all_of_them if each.kind == "miniprogram" else everywhere)
        for each in settings.wechat.accounts.values()
    }


def _account(found: Configured) -> Account:
    templates = tuple(
        Template(found.code, each.code, each.channel, each.template_id, each.fields, each.nodes, each.page)
        for each in found.templates
    )
    return Account(
        found.code, found.kind, found.app_id, found.greeting, found.scenes, found.menu, templates, found.mp_verify
    )
