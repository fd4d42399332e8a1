"""Try the mail channel now, and tell what the server said."""

from dataclasses import dataclass
from datetime import datetime

from zhengtong.engines import mail
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.errors import Words
from zhengtong.kernel.settings import Settings
from zhengtong.office import identity
from zhengtong.office.notices import queries, rules
from zhengtong.office.notices.actions.sending import message_id
from zhengtong.office.notices.errors import MailFailed, NoMailAddress
from zhengtong.office.notices.permissions import TEST_CHANNELS


@dataclass(frozen=True, slots=True)
class Tried:
    """A test mail the server took."""

    to: str
    message_id: str


def send_test_mail(
    database: Database, actor: Actor, engine: mail.Mail, chosen: Settings, *, to: str | None, now: datetime
) -> Tried:
    """This will send a test mail to the address, or to the actor's own. Raises NoMailAddress, AddressInvalid,
    HeaderInvalid, MailFailed."""
    require(actor, TEST_CHANNELS, now=now)
    with database.read() as session:
        address = to or queries.contact_of(session, actor.subject).mail
        language = queries.habits_of(session, actor.subject).language
    if address is None:
        raise NoMailAddress()
    city = Words(chosen.kernel.city, chosen.kernel.city_en)
    known = queries.kind("notices.test")
    site = chosen.kernel.address.rstrip("/")
    enclosed = rules.Enclosed(rules.render(known, rules.check(known, {"city": city})))
    letter = rules.letter(enclosed, language=language, site=site)
    sign = message_id(new_id(), chosen)
    with database.write() as session:
        subject = session.get_one(identity.Subject, actor.subject)
        audit.record(session, actor, "notices.test_mail", subject, after={"to": rules.masked(address)}, at=now)
    try:
        engine.send(mail.Letter(address, letter.subject, letter.text, sign, now, html=letter.html))
    except (mail.MailRefused, mail.MailUnavailable) as failure:
        raise MailFailed(reason=Words(failure.say("zh"), failure.say("en"))) from failure
    return Tried(address, sign)
