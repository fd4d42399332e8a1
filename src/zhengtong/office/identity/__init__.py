"""组织与身份: who there is, what they are, what they may do; and how they prove who they are.

Departments in a tree, people and their posts, roles with named permissions, stand-ins (代理), residents and firms;
sign-in by passkey or password and second factor, sessions, service accounts. Identity numbers are kept sealed
(个人信息保护法 art. 51); every change is in the audit trail, and nobody hands out more than they hold.
"""

from zhengtong.kernel.capability import Capability
from zhengtong.office.identity.actions.departments import add_department, change_department, merge_department
from zhengtong.office.identity.actions.factors import begin_totp, confirm_totp
from zhengtong.office.identity.actions.founding import found_city
from zhengtong.office.identity.actions.hashing import hashed
from zhengtong.office.identity.actions.links import first_administrator_link
from zhengtong.office.identity.actions.passwords import set_password
from zhengtong.office.identity.actions.people import add_person
from zhengtong.office.identity.actions.posts import end_post, give_post
from zhengtong.office.identity.actions.registers import register_firm, register_resident
from zhengtong.office.identity.actions.service_accounts import add_key
from zhengtong.office.identity.actions.sessions import carry_sessions, end_everybodys
from zhengtong.office.identity.errors.service_accounts import ServiceSignInRefused
from zhengtong.office.identity.events import (
    ORGANISATION_EVENTS,
    SIGN_IN_EVENTS,
    TOPIC,
    ActingEnded,
    DepartmentChanged,
    DepartmentClosed,
    DepartmentsMerged,
    DeputyNamed,
    FactorsChanged,
    ImportFinished,
    PersonAdded,
    PersonDeactivated,
    PostEnded,
    PostGiven,
    RecoveryCodeUsed,
    RoleChanged,
    SignedInFromNewDevice,
    SubjectRegistered,
)
from zhengtong.office.identity.jobs import JOBS, LISTENERS, TIMERS
from zhengtong.office.identity.permissions import ORGANISATION_PERMISSIONS, SIGN_IN_PERMISSIONS
from zhengtong.office.identity.queries import (
    administrators,
    bodies_above,
    department_path,
    get_department,
    id_number_of,
    postings_of,
    resident_by_number,
    staff_called,
    visible_departments,
    visible_people,
)
from zhengtong.office.identity.queries.actors import actor_of
from zhengtong.office.identity.queries.calls import BodyDigest
from zhengtong.office.identity.queries.gate import (
    ServiceSession,
    SignedCall,
    check_seal,
    live_service_sessions,
    nonce_spent,
    read_signed_call,
    service_session,
    session_over,
    spend_nonces,
)
from zhengtong.office.identity.queries.searching import spelled
from zhengtong.office.identity.queries.service_accounts import sealing_key_of
from zhengtong.office.identity.routes import routes
from zhengtong.office.identity.rules import (
    Kind,
    Level,
    RoleScope,
    is_code,
    is_email,
    is_phone,
    law_day,
    masked_id_number,
    read_id_number,
    spelling,
)
from zhengtong.office.identity.rules.signatures import read_time, said_in
from zhengtong.office.identity.schemas import (
    DepartmentRef,
    NewDepartment,
    NewFirm,
    NewPerson,
    NewPost,
    NewResident,
    PersonRef,
)
from zhengtong.office.identity.settings import IdentitySettings
from zhengtong.office.identity.tables import (
    ActingFor,
    Department,
    Firm,
    Person,
    Post,
    PostRole,
    Resident,
    Role,
    RolePermission,
    Subject,
    System,
)

capability = Capability(
    name="identity",
    group="office",
    zh="组织与身份",
    en="Identity",
    routes=routes,
    permissions=(*ORGANISATION_PERMISSIONS, *SIGN_IN_PERMISSIONS),
    events=(*ORGANISATION_EVENTS, *SIGN_IN_EVENTS),
    listeners=LISTENERS,
    jobs=JOBS,
    timers=TIMERS,
    settings=IdentitySettings,
)

__all__ = [
    "TOPIC",
    "ActingEnded",
    "ActingFor",
    "BodyDigest",
    "Department",
    "DepartmentChanged",
    "DepartmentClosed",
    "DepartmentRef",
    "DepartmentsMerged",
    "DeputyNamed",
    "FactorsChanged",
    "Firm",
    "IdentitySettings",
    "ImportFinished",
    "Kind",
    "Level",
    "NewDepartment",
    "NewFirm",
    "NewPerson",
    "NewPost",
    "NewResident",
    "Person",
    "PersonAdded",
    "PersonDeactivated",
    "PersonRef",
    "Post",
    "PostEnded",
    "PostGiven",
    "PostRole",
    "RecoveryCodeUsed",
    "Resident",
    "Role",
    "RoleChanged",
    "RolePermission",
    "RoleScope",
    "ServiceSession",
    "ServiceSignInRefused",
    "SignedCall",
    "SignedInFromNewDevice",
    "Subject",
    "SubjectRegistered",
    "System",
    "actor_of",
    "add_department",
    "add_key",
    "add_person",
    "administrators",
    "begin_totp",
    "bodies_above",
    "capability",
    "carry_sessions",
    "change_department",
    "check_seal",
    "confirm_totp",
    "department_path",
    "end_everybodys",
    "end_post",
    "first_administrator_link",
    "found_city",
    "get_department",
    "give_post",
    "hashed",
    "id_number_of",
    "is_code",
    "is_email",
    "is_phone",
    "law_day",
    "live_service_sessions",
    "masked_id_number",
    "merge_department",
    "nonce_spent",
    "postings_of",
    "read_id_number",
    "read_signed_call",
    "read_time",
    "register_firm",
    "register_resident",
    "resident_by_number",
    "said_in",
    "sealing_key_of",
    "service_session",
    "session_over",
    "set_password",
    "spelled",
    "spelling",
    "spend_nonces",
    "staff_called",
    "visible_departments",
    "visible_people",
]
