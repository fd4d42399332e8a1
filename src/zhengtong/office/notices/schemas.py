"""What goes over the wire. Every sentence comes in both languages; the page picks."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from zhengtong.kernel.errors import Words
from zhengtong.office.notices.rules import Audience, Channel, LetterLanguage, MailChoice, SmsChoice, State, Urgency


class Sent(BaseModel):
    """What comes in: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NoticeOut(BaseModel):
    """One of the reader's own notices."""

    id: UUID
    seq: int | None = Field(description="counts the reader's notices without a gap; the id of the live stream")
    kind: str
    kind_name: Words
    urgency: Urgency
    title: Words
    body: Words = Field(description="plain text; may hold line breaks")
    link: str | None = Field(description="a page of this site")
    created_at: datetime
    read_at: datetime | None


class CountOut(BaseModel):
    """How much waits for the reader."""

    unread: int
    urgent: int
    last_seq: int = Field(description="the number of the newest notice; begin the live stream after it")


class Marking(Sent):
    """Which of one's own notices; what is left out does not limit."""

    ids: list[UUID] | None = Field(None, max_length=1000)
    kind: str | None = Field(None, max_length=80)
    until_seq: int | None = Field(None, ge=0, le=2**62, description="only those up to this number: what was seen")


class Unmarking(Sent):
    """Notices to be unread again."""

    ids: list[UUID] = Field(max_length=5000)


class Marked(BaseModel):
    """Which notices changed; give `ids` back to undo."""

    marked: int
    ids: list[UUID]


class KindChoice(Sent):
    """How one kind is wanted."""

    kind: str = Field(max_length=80)
    mail: MailChoice
    sms: SmsChoice


class HabitsIn(Sent):
    """How the reader wants to be told; a kind that is left out goes back to its usual way."""

    language: LetterLanguage
    quiet_from: time | None = Field(description="HH:MM of the city's day")
    quiet_until: time | None = Field(description="HH:MM of the city's day; may lie on the next morning")
    digest_hour: int = Field(ge=0, le=23, description="hour of the city's day")
    kinds: list[KindChoice] = Field(max_length=500)


class Locked(BaseModel):
    """What the city has fixed for a kind."""

    mail: bool
    sms: bool


class KindWanted(BaseModel):
    """One kind and how the reader wants it. In the page it always stands."""

    kind: str
    name: Words
    room: Words
    urgency: Urgency
    in_page: bool = True
    mail: MailChoice
    sms: SmsChoice
    locked: Locked


class HabitsOut(BaseModel):
    """How the reader wants to be told, and where letters go."""

    version: int
    language: LetterLanguage
    quiet_from: str | None
    quiet_until: str | None
    digest_hour: int
    mail_address: str | None = Field(description="masked")
    phone: str | None = Field(description="masked")
    kinds: list[KindWanted]


class Named(BaseModel):
    """Somebody."""

    id: UUID
    name: str


class DeliveryAbilities(BaseModel):
    """What the reader can do with a delivery."""

    retry: bool


class DeliveryOut(BaseModel):
    """The record of one notice on its way out: never what it said."""

    id: UUID
    notice_id: UUID
    kind: str
    kind_name: Words
    person: Named
    channel: Channel
    state: State
    state_name: Words
    reason: Words | None
    target: str | None = Field(description="masked")
    attempts: int
    repeats: int = Field(description="tries after a crash, when the one before may have arrived")
    queued_at: datetime
    due_at: datetime
    sent_at: datetime | None
    message_id: str | None
    abilities: DeliveryAbilities


class RecordedNotice(BaseModel):
    """A notice as an administrator sees it."""

    id: UUID
    kind: str
    kind_name: Words
    person: Named
    created_at: datetime
    read_at: datetime | None
    withdrawn_at: datetime | None


class RecordOut(BaseModel):
    """What became of one notice."""

    notice: RecordedNotice
    deliveries: list[DeliveryOut]


class Retrying(Sent):
    """Failed deliveries to be sent again."""

    ids: list[UUID] = Field(min_length=1, max_length=200)


class ChannelOut(BaseModel):
    """One way out of the page."""

    channel: Channel
    adapter: str
    delivers: bool = Field(description="false: kept here for show, delivered to nobody")
    waiting: int
    failed: int
    sent_today: int


class TestMailIn(Sent):
    """Where a test mail goes; to one's own address when left out."""

    __test__ = False
    to: str | None = Field(None, max_length=254, pattern=r"^[^@\s<>\",;:]+@[^@\s<>\",;:]+$")


class TestMailOut(BaseModel):
    """A test mail that the server took."""

    __test__ = False
    target: str
    message_id: str


class AudienceIn(Sent):
    """Whom an announcement is for."""

    everyone: bool = False
    departments: list[UUID] = Field([], max_length=500)
    with_below: bool = True
    roles: list[str] = Field([], max_length=50)

    def meant(self) -> Audience:
        return Audience(self.everyone, tuple(self.departments), self.with_below, tuple(self.roles))


class AudienceAsked(Sent):
    """An audience to be counted."""

    audience: AudienceIn


class PeopleOut(BaseModel):
    """How many people an audience is."""

    people: int


class BroadcastIn(Sent):
    """An announcement."""

    title: str = Field(min_length=1, max_length=120)
    body: str = Field(min_length=1, max_length=4000)
    link: str | None = Field(None, max_length=500)
    urgency: Urgency = Urgency.NORMAL
    audience: AudienceIn


class Withdrawal(Sent):
    """Why an announcement is withdrawn."""

    reason: str = Field(min_length=1, max_length=300)


class BroadcastAbilities(BaseModel):
    """What the reader can do with an announcement."""

    withdraw: bool


class BroadcastOut(BaseModel):
    """An announcement, whom it reached, and who has read it."""

    id: UUID
    title: str
    body: str
    link: str | None
    urgency: Urgency
    audience: dict[str, Any]
    sender: str
    by: Named
    at: datetime
    state: str
    people: int
    told: int
    read: int
    withdrawn_reason: str | None
    abilities: BroadcastAbilities


class Example(BaseModel):
    """A kind with its example parameters."""

    title: Words
    body: Words


class KindOut(BaseModel):
    """A kind of notice, for the administrator's page."""

    kind: str
    name: Words
    room: Words
    urgency: Urgency
    mail: MailChoice
    sms: SmsChoice
    parameters: dict[str, str]
    title: Words
    body: Words
    example: Example


class KindsOut(BaseModel):
    """Every kind of notice."""

    items: list[KindOut]


class ChannelsOut(BaseModel):
    """Every way out of the page."""

    items: list[ChannelOut]
