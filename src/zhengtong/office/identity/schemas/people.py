"""People, posts and stand-ins over the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from zhengtong.office.identity.schemas.departments import DepartmentRef, PersonRef
from zhengtong.office.identity.schemas.words import ONE_LINE, In, Name, Reason, RoleKey, Title
from zhengtong.office.identity.tables import ActingFor, Post

Login = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=32, pattern=ONE_LINE)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20, pattern=ONE_LINE)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=ONE_LINE)]
StaffNumber = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=ONE_LINE)]
Roles = Annotated[list[RoleKey], Field(max_length=20, description="role keys")]


class PostRef(BaseModel):
    """A post in a line about its holder."""

    id: UUID
    title: str
    department: DepartmentRef

    @classmethod
    def of(cls, post: Post) -> "PostRef":
        return cls(id=post.id, title=post.title, department=DepartmentRef.of(post.department))


class PersonLine(BaseModel):
    """A person in a list, with the posts held today."""

    id: UUID
    version: int
    name: str
    login: str
    staff_number: str | None
    active: bool
    posts: list[PostRef]
    abilities: dict[str, bool]


class RoleRef(BaseModel):
    """A role, as others name it."""

    key: str
    zh: str
    en: str


class PostOut(BaseModel):
    """One post."""

    id: UUID
    version: int
    person_id: UUID
    department: DepartmentRef
    title: str
    from_on: date
    until_on: date | None = Field(description="last day; null: no end")
    current: bool
    roles: list[RoleRef]
    abilities: dict[str, bool]


class PostList(BaseModel):
    items: list[PostOut]


class ActingOut(BaseModel):
    """A stand-in: the deputy acts in the absent one's post for these days, both included."""

    id: UUID
    absent: PersonRef
    absent_post: PostRef
    deputy: PersonRef
    from_on: date
    until_on: date
    reason: str
    ended_at: datetime | None
    current: bool
    abilities: dict[str, bool]

    @classmethod
    def of(cls, acting: ActingFor, *, current: bool, abilities: dict[str, bool]) -> "ActingOut":
        holder = acting.absent_post.person
        return cls(
            id=acting.id,
            absent=PersonRef(id=holder.id, name=holder.name),
            absent_post=PostRef.of(acting.absent_post),
            deputy=PersonRef(id=acting.deputy.id, name=acting.deputy.name),
            from_on=acting.from_on,
            until_on=acting.until_on,
            reason=acting.reason,
            ended_at=acting.ended_at,
            current=current,
            abilities=abilities,
        )


class PersonOut(BaseModel):
    """One person of the staff."""

    id: UUID
    version: int
    name: str
    login: str
    phone: str | None
    email: str | None
    staff_number: str | None
    active: bool
    created_at: datetime
    posts: list[PostOut]
    deputies: list[ActingOut] = Field(description="who stands in for this person, now or later")
    stands_in: list[ActingOut] = Field(description="for whom this person stands in, now or later")
    abilities: dict[str, bool]


class Colleague(BaseModel):
    """A member of the staff as every other one may know them."""

    id: UUID
    name: str
    title: str
    post_id: UUID
    department: DepartmentRef

    @classmethod
    def of(cls, post: Post) -> "Colleague":
        return cls(
            id=post.person_id,
            name=post.person.name,
            title=post.title,
            post_id=post.id,
            department=DepartmentRef.of(post.department),
        )


class NewPost(In):
    """A post to be given."""

    department_id: UUID
    title: Title
    from_on: date | None = Field(default=None, description="first day; today when left out")
    until_on: date | None = None
    roles: Roles = Field(default_factory=list)


class PostEdit(In):
    """What is to change; what is left out stays."""

    title: Title | None = None
    until_on: date | None = None
    roles: Roles | None = None


class PostEnd(In):
    """The last day; today when left out."""

    until_on: date | None = None


class NewPerson(In):
    """A person to be added. Without a login name one is proposed from the pinyin."""

    name: Name
    login: Login | None = None
    phone: Phone | None = None
    email: Email | None = None
    staff_number: StaffNumber | None = None
    post: NewPost | None = None


class PersonEdit(In):
    """What is to change; what is left out stays, null empties."""

    name: Name | None = None
    login: Login | None = None
    phone: Phone | None = None
    email: Email | None = None
    staff_number: StaffNumber | None = None


class Why(In):
    """Why it is done; goes into the audit."""

    reason: Reason


class Enrolment(BaseModel):
    """A link to set up sign-in, good once. Shown now and never again."""

    link: str
    expires_at: datetime


class PersonAddedOut(BaseModel):
    """The new person, and the link to hand them."""

    person: PersonOut
    enrolment: Enrolment


class NewActing(In):
    """A stand-in to be arranged, both days included."""

    absent_post_id: UUID
    deputy_id: UUID
    from_on: date
    until_on: date
    reason: Reason
