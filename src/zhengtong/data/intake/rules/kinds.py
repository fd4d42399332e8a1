"""The kinds of source, and what must be told of each before it can be read. What is secret is told apart and kept sealed."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Host = Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z0-9.:_\[\]-]*$")]
HeaderName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9-]+$")]
HeaderValue = Annotated[str, Field(max_length=1000, pattern=r"^[\x20-\x7e]*$")]
Path = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f]*$")]


class Kind(StrEnum):
    """Where rows come from."""

    SQL = "sql"
    FOLDER = "folder"
    UPLOAD = "upload"
    REST = "rest"
    TOPIC = "topic"
    MQTT = "mqtt"
    PUSH = "push"


LOOKED_FOR = frozenset({Kind.FOLDER, Kind.MQTT, Kind.PUSH})
"""Kinds whose rows are sent to us: what has arrived is looked for, and each arrival is read by a run of its own."""


class Told(BaseModel):
    """What is told of a source; unknown words are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shape(Told):
    """How a file is to be read, where it cannot tell; all found by themselves when empty."""

    encoding: Literal["", "utf-8", "gb18030", "gbk", "gb2312", "big5", "utf-16"] = ""
    delimiter: Annotated[str, Field(max_length=1)] = ""
    sheet: Annotated[str, Field(max_length=100)] = ""
    row_path: Path = Field(default="", description="where the rows are: `data.items` in JSON, `/list/person` in XML")


class Sql(Told):
    """A table or view of a database, by its SQLAlchemy URL without the password."""

    kind: Literal[Kind.SQL] = Kind.SQL
    url: Annotated[str, Field(min_length=3, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
    table: Name
    schema_name: Annotated[str, Field(max_length=200)] = ""
    columns: tuple[Name, ...] = Field(default=(), max_length=1000, description="all columns when empty")
    key: tuple[Name, ...] = Field(default=(), max_length=16, description="the columns that tell rows apart")
    cursor: Annotated[str, Field(max_length=200)] = Field(
        default="", description="column that grows with every change; empty: read in full"
    )
    overlap: float = Field(
        0, ge=0, le=366 * 86_400, description="how far back to look for late rows: seconds, or units of the column"
    )

    @model_validator(mode="after")
    def _bears_no_password(self) -> Self:
        if re.match(r"[^/]*://[^/@]*:[^/@]*@", self.url):
            raise ValueError(
                "地址里不要写口令，请填在口令栏 | leave the password out of the address; it has a field of its own"
            )
        return self


class Folder(Told):
    """A folder into which a department drops files."""

    kind: Literal[Kind.FOLDER] = Kind.FOLDER
    path: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
    pattern: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f/\\]+$")] = "*"
    arrived: Literal["steady", "done"] = Field(
        default="steady",
        description="`steady`: size and time unchanged between two looks; `done`: a file NAME.done lies beside it",
    )
    shape: Shape = Shape()


class Upload(Told):
    """Files that people send from the page or the command line."""

    kind: Literal[Kind.UPLOAD] = Kind.UPLOAD
    shape: Shape = Shape()


class Auth(Told):
    """How a caller proves who it is. The secret itself (password, token, key) is told apart."""

    how: Literal["none", "bearer", "basic", "header", "query", "oauth2"] = "none"
    user: Annotated[str, Field(max_length=200)] = Field(
        default="", description="user of `basic`, client id of `oauth2`"
    )
    name: Annotated[str, Field(max_length=100, pattern=r"^[\w-]*$")] = Field(
        default="", description="name of the `header` or `query` part"
    )
    token_url: Annotated[str, Field(max_length=500)] = ""
    scope: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.how in ("header", "query") and not self.name:
            raise ValueError("请填写密钥所在的名称 | the name of the part that bears the key is missing")
        if self.how in ("basic", "oauth2") and not self.user:
            raise ValueError("请填写用户名或客户端编号 | the user or client id is missing")
        if self.how == "oauth2" and not self.token_url:
            raise ValueError("请填写取令牌的地址 | the address that gives tokens is missing")
        return self


class Paging(Told):
    """How an interface gives its rows page by page."""

    how: Literal["none", "page", "offset", "cursor", "link"] = "none"
    parameter: Annotated[str, Field(max_length=100)] = Field(
        default="page", description="bears the page's number, the offset or the cursor"
    )
    first: int = Field(default=1, ge=0, le=1)
    size_parameter: Annotated[str, Field(max_length=100)] = ""
    size: int = Field(default=200, ge=1, le=50_000)
    next_path: Path = Field(default="next", description="where the answer tells the next cursor or address")
    total_path: Path = Field(default="", description="where the answer tells how many rows there are")


class Rest(Told):
    """An HTTP interface that answers JSON."""

    kind: Literal[Kind.REST] = Kind.REST
    url: Annotated[str, Field(min_length=8, max_length=1000, pattern=r"^https?://[^\x00-\x20]+$")]
    headers: Mapping[HeaderName, HeaderValue] = Field(default={}, max_length=20)
    parameters: Mapping[Name, Annotated[str, Field(max_length=1000)]] = Field(default={}, max_length=50)
    auth: Auth = Auth()
    paging: Paging = Paging()
    rows_path: Path = Field(default="", description="where the rows are: `data.items`; the answer itself when empty")
    since_parameter: Annotated[str, Field(max_length=100)] = Field(
        default="", description="parameter that asks only for what changed since"
    )
    since_column: Annotated[str, Field(max_length=200)] = Field(
        default="", description="column that tells when a row changed"
    )
    timeout_s: float = Field(default=30, gt=0, le=600)
    calls_per_minute: int = Field(default=0, ge=0, le=60_000, description="0: as fast as it answers")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.since_parameter) != bool(self.since_column):
            raise ValueError("增量参数和增量列要一起填 | the parameter and the column of change belong together")
        if {name.lower() for name in self.headers} & {"authorization", "cookie", "host", "content-length"}:
            raise ValueError(
                "凭据请填在登录方式里，不要写在请求头 | credentials belong to the way of signing in, not to the headers"
            )
        if re.match(r"https?://[^/]*@", self.url):
            raise ValueError("地址里不要写口令 | leave user and password out of the address")
        return self


class Topic(Told):
    """A topic of messages: the city's own, or a department's Kafka."""

    kind: Literal[Kind.TOPIC] = Kind.TOPIC
    topic: Annotated[str, Field(min_length=1, max_length=240, pattern=r"^[A-Za-z0-9._-]+$")]
    form: Literal["json", "csv"] = "json"
    columns: tuple[Name, ...] = Field(
        default=(), max_length=1000, description="names of the values of a CSV message, in order"
    )
    start: Literal["earliest", "latest"] = "earliest"
    servers: Annotated[str, Field(max_length=1000, pattern=r"^[A-Za-z0-9.,:_\[\]-]*$")] = Field(
        default="", description="empty: the city's own broker"
    )
    security: Literal["plaintext", "tls"] = "tls"
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    user: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.form == "csv" and not self.columns:
            raise ValueError("CSV 消息要写明各列的名称 | name the columns of CSV messages")
        return self


class Mqtt(Told):
    """Topics of an MQTT broker (QoS 1); messages are kept before they are acknowledged."""

    kind: Literal[Kind.MQTT] = Kind.MQTT
    host: Annotated[Host, Field(min_length=1)]
    port: int = Field(default=8883, ge=1, le=65_535)
    tls: bool = True
    topic: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]+$")] = Field(
        description="`+` and `#` stand for any part"
    )
    form: Literal["json", "csv"] = "json"
    columns: tuple[Name, ...] = Field(default=(), max_length=1000)
    user: Annotated[str, Field(max_length=200)] = ""


class Push(Told):
    """A department's system sends rows to us."""

    kind: Literal[Kind.PUSH] = Kind.PUSH
    columns: tuple[Name, ...] = Field(
        default=(), max_length=1000, description="columns a row may have; those of the item when empty"
    )
    required: tuple[Name, ...] = Field(default=(), max_length=1000, description="columns a row must have")


Source = Annotated[Sql | Folder | Upload | Rest | Topic | Mqtt | Push, Field(discriminator="kind")]
SOURCE: TypeAdapter[Sql | Folder | Upload | Rest | Topic | Mqtt | Push] = TypeAdapter(Source)

SECRETS: Mapping[Kind, tuple[str, ...]] = {
    Kind.SQL: ("password",),
    Kind.REST: ("secret",),
    Kind.TOPIC: ("password",),
    Kind.MQTT: ("password",),
}
"""The names under which a kind's credentials are kept, sealed."""


def read_source(told: Mapping[str, Any]) -> Sql | Folder | Upload | Rest | Topic | Mqtt | Push:
    """What was told of a source, checked. Raises pydantic.ValidationError.

    >>> read_source({"kind": "sql", "url": "sqlite:///x.db", "table": "company"}).kind
    <Kind.SQL: 'sql'>
    """
    return SOURCE.validate_python(told)
