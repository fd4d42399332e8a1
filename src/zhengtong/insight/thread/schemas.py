"""A thread over the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, computed_field

from zhengtong.insight.thread.rules import LABELS, Held, Kind, Proved, Shown, Step
from zhengtong.kernel.errors import Words


class ThreadWords(BaseModel):
    """Both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, words: Words) -> "ThreadWords":
        return cls(zh=words.zh, en=words.en)


class ThreadParty(BaseModel):
    """A department that did this."""

    id: UUID
    name_zh: str
    name_en: str
    short_name: str


class ThreadFact(BaseModel):
    """One fact of a step. `value` stands as it is, in both languages."""

    zh: str
    en: str
    value: ThreadWords


class ThreadProof(BaseModel):
    """What shows that a step stands unchanged."""

    state: Proved
    digest: str = Field(description="the fingerprint that the ledger keeps; hex")
    type: str = Field(description="type of the ledger's entry")
    index: int | None = Field(description="its place on the ledger; null while it is on its way")
    entry_id: UUID | None
    checkpoint: int | None = Field(description="number of the checkpoint over it; null while none is")
    size: int | None = Field(description="how many entries that checkpoint is over")
    cosigners: int = Field(description="how many witnesses have signed it")


class ThreadStep(BaseModel):
    """One step. A closed one says only why it is closed."""

    step: Step
    shown: Shown = Shown.OPEN
    id: str | None = None
    title: ThreadWords | None = None
    said: ThreadWords | None = None
    reason: ThreadWords | None = None
    at: datetime | None = None
    who: list[ThreadParty] = []
    facts: list[ThreadFact] = []
    proof: ThreadProof | None = None
    link: str | None = Field(default=None, description="its own page")
    count: int | None = Field(default=None, description="how many there are, where this is the newest of several")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def label(self) -> ThreadWords:
        """What the step is called."""
        return ThreadWords.of(LABELS[self.step])


class ThreadCheckpoint(BaseModel):
    """The checkpoint that covers every proven step."""

    number: int
    size: int
    at: datetime
    cosigners: list[str]
    needed: int


class ThreadOut(BaseModel):
    """Where a value comes from and where it went, as far as the reader may see."""

    kind: Kind
    id: str
    title: ThreadWords
    field: str = ""
    steps: list[ThreadStep]
    proven: int = Field(description="steps whose proof is on the ledger under a signed root")
    provable: int = Field(description="steps that the reader sees and that have a proof or should")
    checkpoint: ThreadCheckpoint | None
    needed: int = Field(description="co-signatures that the city's policy asks")


class ThreadLine(BaseModel):
    """One of many: a batch, an agreement, a call; its own thread is one step away."""

    kind: Kind
    id: str
    title: ThreadWords
    said: ThreadWords
    at: datetime
    proof: ThreadProof | None


class ThreadFinding(BaseModel):
    state: Held
    said: ThreadWords


class ThreadChecked(BaseModel):
    """What the checks of a step found."""

    step: Step | Literal["checkpoint"]
    label: ThreadWords
    state: Held
    findings: list[ThreadFinding]


class ThreadCheck(BaseModel):
    """Every proof of the thread, checked just now."""

    at: datetime
    steps: list[ThreadChecked]
    held: int
    broken: int
    first_broken: str | None
    first_broken_label: ThreadWords | None


class ThreadEnd(BaseModel):
    """Something from which a thread can be followed."""

    kind: Kind
    id: str
    title: ThreadWords
    said: ThreadWords
