"""What goes over the wire while signing in and tending one's account. No token ever does: they travel in cookies."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from zhengtong.office.identity.rules.sessions import Method, Missing, Stage
from zhengtong.office.identity.schemas.departments import DepartmentRef
from zhengtong.office.identity.schemas.people import Login
from zhengtong.office.identity.schemas.words import In, Name
from zhengtong.office.identity.tables.sign_in import Passkey

Secret = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=6, max_length=12)]
RecoveryCode = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=40)]
Token = Annotated[str, StringConstraints(min_length=20, max_length=100)]
Credential = Annotated[dict[str, Any], Field(description="PublicKeyCredential.toJSON()")]
NewLogin = Annotated[Login, StringConstraints(min_length=2, pattern=r"^[a-z][a-z0-9._-]*$")]
KeyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class SubjectView(BaseModel):
    """Who is signed in, or signing in."""

    id: UUID
    kind: str
    name: str
    login: str


class ActingView(BaseModel):
    """For whom a post is held, and until when."""

    id: UUID
    for_name: str
    until: date | None


class PostView(BaseModel):
    """A post one can act in."""

    id: UUID
    title: str
    department: DepartmentRef
    acting: ActingView | None


class CityView(BaseModel):
    """The city's name."""

    zh: str
    en: str


class SessionState(BaseModel):
    """How far the sign-in has come, and who, as what, may do what until when."""

    stage: Stage
    factors: list[Literal["totp", "passkey", "recovery"]] = Field(
        default_factory=list, description="second factors the account can show"
    )
    set_up: list[Missing] = Field(default_factory=list, description="what must still be set up (stage set_up)")
    subject: SubjectView | None = None
    language: str = "zh"
    post: PostView | None = None
    posts: list[PostView] = Field(default_factory=list)
    permissions: list[str] = Field(default_factory=list, description="held anywhere")
    city_wide: list[str] = Field(default_factory=list, description="held for the whole city")
    second_factor_at: datetime | None = None
    stepped_up_until: datetime | None = None
    idle_ends_at: datetime | None = None
    ends_at: datetime | None = None
    idle_s: int
    warn_before_s: int = Field(default=120, description="show the ending warning so many seconds before the end")
    recovery_codes_left: int | None = None
    demo: bool
    city: CityView


class OidcMethod(BaseModel):
    """The city's identity provider."""

    name_zh: str
    name_en: str
    href: str


class Methods(BaseModel):
    """How one can sign in here."""

    password: bool = True
    passkey: bool = True
    oidc: OidcMethod | None
    first_administrator: bool = Field(description="the city has no administrator yet")


class PasswordRules(BaseModel):
    """How long a password must be."""

    least_with_second_factor: int
    least_without: int
    most: int


class PasswordSignIn(In):
    login: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    password: Secret


class CodeIn(In):
    code: Code


class RecoveryCodeIn(In):
    code: RecoveryCode


class CredentialIn(In):
    credential: Credential


class NewPasskey(In):
    credential: Credential
    name: KeyName = "通行密钥"


class PasskeyName(In):
    name: KeyName


class LinkIn(In):
    token: Token


class LinkGood(BaseModel):
    """The link is good."""

    ok: bool


class FirstAdministrator(In):
    token: Token
    name: Name
    login: NewLogin
    password: Secret


class PasswordIn(In):
    password: Secret


class PasswordChange(In):
    current: Secret
    new: Secret


class StepUp(In):
    """One of: a code, a passkey's answer, a recovery code with the password."""

    code: Code | None = None
    credential: Credential | None = None
    recovery_code: RecoveryCode | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def one_of_them(self) -> "StepUp":
        if sum(one is not None for one in (self.code, self.credential, self.recovery_code)) != 1:
            raise ValueError("exactly one of code, credential, recovery_code")
        return self


class PostChoice(In):
    post_id: UUID
    acting_id: UUID | None = None


class LanguageChoice(In):
    language: Literal["zh", "en"]


class TotpOut(BaseModel):
    """A code generator to be set up."""

    secret: str = Field(description="base32, in groups of four, for typing")
    uri: str = Field(description="otpauth address")
    qr_svg: str = Field(description="its picture, an SVG document")


class FactorAdded(BaseModel):
    """A factor was added; recovery codes are shown this once, when there were none before."""

    recovery_codes: list[str] | None
    session: SessionState


class RecoveryCodes(BaseModel):
    """Shown this once."""

    recovery_codes: list[str] | None


class PasskeyOut(BaseModel):
    """A passkey of one's own."""

    id: UUID
    name: str
    added_at: datetime
    last_used_at: datetime | None
    backed_up: bool = Field(description="synchronised by its provider")

    @classmethod
    def of(cls, passkey: Passkey) -> "PasskeyOut":
        return cls.model_validate(passkey, from_attributes=True)


class PasskeyAdded(BaseModel):
    """The new passkey; recovery codes when there were none before."""

    passkey: PasskeyOut
    recovery_codes: list[str] | None


class PasswordView(BaseModel):
    set: bool
    changed_at: datetime | None


class TotpView(BaseModel):
    added_at: datetime


class ExternalView(BaseModel):
    issuer: str
    linked_at: datetime


class AccountOut(BaseModel):
    """One's own account: its factors."""

    login: str
    name: str
    password: PasswordView
    totp: TotpView | None
    passkeys: list[PasskeyOut]
    recovery_codes_left: int
    external: list[ExternalView]
    abilities: dict[str, bool]


class DeviceView(BaseModel):
    """A device in words: a hint to its owner."""

    words_zh: str
    words_en: str


class SessionOut(BaseModel):
    """One of one's open sessions."""

    id: UUID
    current: bool
    device: DeviceView
    address: str
    method: Method
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime


class Ended(BaseModel):
    """How many sessions were ended."""

    ended: int
