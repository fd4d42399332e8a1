"""The thread as it goes out: the steps in their order, how many are proven, the checkpoint over them all."""

from zhengtong.insight.thread import schemas
from zhengtong.insight.thread.queries import coming, fans, going, proofs
from zhengtong.insight.thread.queries.reading import Focus, Reading


def steps(reading: Reading, focus: Focus) -> list[schemas.ThreadStep]:
    """All steps, as the data went."""
    return [
        coming.source_step(reading, focus),
        coming.batch_step(reading, focus),
        coming.rules_step(reading, focus),
        coming.item_step(reading, focus),
        going.agreement_step(reading, focus),
        going.decision_step(reading, focus),
        going.call_step(reading, focus),
        going.view_step(reading, focus),
    ]


def thread_out(reading: Reading, focus: Focus) -> schemas.ThreadOut:
    """The whole thread for this reader."""
    found = steps(reading, focus)
    told = [one.proof for one in found if one.proof]
    last = max((one.index for one in told if one.index is not None), default=None)
    return schemas.ThreadOut(
        kind=focus.kind,
        id=focus.id,
        title=fans.title(focus),
        field=focus.field,
        steps=found,
        proven=sum(proofs.is_proven(one) for one in told),
        provable=len(told),
        checkpoint=proofs.newest_over(reading, last) if last is not None else None,
        needed=reading.needed,
    )
