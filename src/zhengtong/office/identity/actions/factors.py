"""Tending one's factors: code generator, passkeys, recovery codes. Each change is audited and told to its owner."""

from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from uuid import UUID

import pyotp
import segno
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring, Purpose, random
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import new_id
from zhengtong.office.identity.actions import flows, sessions, sign_in
from zhengtong.office.identity.actions.passwords import tell_change
from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.rules import codes, passwords
from zhengtong.office.identity.rules.sessions import RelyingParty
from zhengtong.office.identity.tables import sign_in as tables
from zhengtong.office.identity.tables.organisation import Subject

MOST_PASSKEYS = 10


@dataclass(frozen=True, slots=True)
class NewTotp:
    """A code generator to be set up: the secret to type, the address to scan, and its picture."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr_svg: str = field(repr=False)


def begin_totp(
    session: Session, subject: Subject, keyring: Keyring, *, issuer: str, account: str, now: datetime
) -> NewTotp:
    """This will make a secret that counts only once `confirm_totp` has seen its first code."""
    session.execute(delete(tables.Totp).where(tables.Totp.subject_id == subject.id, tables.Totp.confirmed_at.is_(None)))
    secret, id = pyotp.random_base32(), new_id()
    sealed = keyring.seal(Purpose.CREDENTIALS, secret.encode(), id.bytes)
    session.add(tables.Totp(id=id, subject_id=subject.id, secret=sealed, added_at=now))
    uri = pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)
    picture = BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", border=4, xmldecl=False, svgns=True, dark="#000", light="#fff")
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return NewTotp(grouped, uri, picture.getvalue().decode())


def confirm_totp(
    session: Session, actor: Actor, subject: Subject, code: str, keyring: Keyring, *, now: datetime
) -> list[str] | None:
    """This will take the new code generator into use, in place of an earlier one; returns recovery codes when the
    subject had none. Raises CodeWrong, StepLost."""
    totp = queries.totp_of(session, subject.id, confirmed=False)
    if totp is None:
        raise errors.StepLost()
    if not sign_in.spend_code(session, totp, code, keyring, now=now):
        raise errors.CodeWrong()
    row = tables.Totp
    session.execute(delete(row).where(row.subject_id == subject.id, row.id != totp.id))
    totp.confirmed_at = now
    tell_change(session, actor, subject, "totp", "identity.totp_added")
    return _first_recovery_codes(session, actor, subject)


def remove_totp(session: Session, actor: Actor, subject: Subject) -> None:
    """This will forget the code generator. Raises LastFactor, NotYourFactor."""
    totp = queries.totp_of(session, subject.id)
    if totp is None:
        raise errors.NotYourFactor()
    if subject.kind == "person" and not queries.passkeys_of(session, subject.id):
        raise errors.LastFactor()
    session.delete(totp)
    tell_change(session, actor, subject, "totp", "identity.totp_removed")


def ask_new_passkey(
    session: Session, subject: Subject, owner: str, party: RelyingParty, *, account: str, now: datetime
) -> str:
    """The options with which a browser makes a passkey, as JSON: discoverable, verifying its user."""
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    known = queries.passkeys_of(session, subject.id)
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=subject.id.bytes,
        user_name=account,
        user_display_name=subject.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in known],
    )
    flows.put(session, owner, "new_passkey", options.challenge, now=now)
    return webauthn.options_to_json(options)


def add_passkey(
    session: Session,
    actor: Actor,
    subject: Subject,
    credential: dict[str, object],
    *,
    owner: str,
    name: str,
    party: RelyingParty,
    now: datetime,
) -> tuple[tables.Passkey, list[str] | None]:
    """This will keep a new passkey; with recovery codes when the subject had none. Raises PasskeyRefused, StepLost."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    flow = flows.take(session, owner, "new_passkey", now=now)
    if len(queries.passkeys_of(session, subject.id)) >= MOST_PASSKEYS:
        raise errors.TooManyPasskeys(most=MOST_PASSKEYS)
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=flow.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise errors.PasskeyRefused() from wrong
    response = credential.get("response")
    transports = response.get("transports") if isinstance(response, dict) else None
    passkey = tables.Passkey(
        id=new_id(),
        subject_id=subject.id,
        credential=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        transports=[str(one)[:20] for one in transports][:6] if isinstance(transports, list) else [],
        backed_up=made.credential_backed_up,
        added_at=now,
    )
    session.add(passkey)
    tell_change(session, actor, subject, "passkey", "identity.passkey_added", name=name)
    return passkey, _first_recovery_codes(session, actor, subject)


def rename_passkey(session: Session, actor: Actor, subject: Subject, passkey_id: UUID, name: str) -> tables.Passkey:
    """This will give a passkey another name. Raises NotYourFactor."""
    passkey = _own_passkey(session, subject, passkey_id)
    before, passkey.name = passkey.name, name
    audit.record(session, actor, "identity.passkey_renamed", subject, before={"name": before}, after={"name": name})
    return passkey


def remove_passkey(session: Session, actor: Actor, subject: Subject, passkey_id: UUID) -> None:
    """This will forget a passkey. Raises NotYourFactor, LastFactor."""
    passkey = _own_passkey(session, subject, passkey_id)
    others = len(queries.passkeys_of(session, subject.id)) > 1
    has_totp = queries.totp_of(session, subject.id) is not None
    has_password = session.get(tables.Password, subject.id) is not None
    if not others and ((subject.kind == "person" and not has_totp) or not has_password):
        raise errors.LastFactor()
    session.delete(passkey)
    tell_change(session, actor, subject, "passkey", "identity.passkey_removed", name=passkey.name)


def renew_recovery_codes(session: Session, actor: Actor, subject: Subject) -> list[str]:
    """This will make ten new recovery codes, shown this once; the old ones die."""
    session.execute(delete(tables.RecoveryCode).where(tables.RecoveryCode.subject_id == subject.id))
    made = [
        passwords.alphabet_code(
            random(sum(codes.RECOVERY_GROUPS)), alphabet=codes.CROCKFORD, groups=codes.RECOVERY_GROUPS
        )
        for _ in range(codes.RECOVERY_CODES)
    ]
    for code in made:
        digest = codes.recovery_digest(code, subject.id.bytes)
        session.add(tables.RecoveryCode(id=new_id(), subject_id=subject.id, digest=digest))
    tell_change(session, actor, subject, "recovery_codes", "identity.recovery_codes_made")
    return made


def unlink_external(session: Session, actor: Actor, subject: Subject, issuer: str) -> None:
    """This will forget that accounts at this identity provider are the subject's. Raises NotYourFactor, LastWayIn."""
    row = tables.ExternalAccount
    mine = session.scalars(select(row).where(row.subject_id == subject.id)).all()
    links = [link for link in mine if link.issuer == issuer]
    if not links:
        raise errors.NotYourFactor()
    account = queries.account(session, subject)
    if len(links) == len(mine) and not (account.has_password or account.has_passkey):
        raise errors.LastWayIn()
    for link in links:
        session.delete(link)
    audit.record(session, actor, "identity.external_unlinked", subject, before={"issuer": issuer})
    sessions.announce_change(session, subject.id, "external")


def forget_factors(session: Session, subject_id: UUID) -> None:
    """This will forget all of a subject's factors and ways in; who may and the audit are the caller's."""
    row = tables
    for table in (row.Password, row.Totp, row.Passkey, row.RecoveryCode, row.KnownDevice, row.ExternalAccount):
        session.execute(delete(table).where(table.subject_id == subject_id))


def _first_recovery_codes(session: Session, actor: Actor, subject: Subject) -> list[str] | None:
    session.flush()
    return None if queries.recovery_codes_left(session, subject.id) else renew_recovery_codes(session, actor, subject)


def _own_passkey(session: Session, subject: Subject, passkey_id: UUID) -> tables.Passkey:
    passkey = session.get(tables.Passkey, passkey_id)
    if passkey is None or passkey.subject_id != subject.id:
        raise errors.NotYourFactor()
    return passkey
