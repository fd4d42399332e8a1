"""Every proof of a thread, checked now: the lake's bytes, the ledger's paths and signatures, seals, decisions decided again."""

from collections.abc import Callable, Iterable, Mapping

from zhengtong.data import intake
from zhengtong.engines.lake import Lake, TableAbsent, VersionGone
from zhengtong.insight.thread import schemas
from zhengtong.insight.thread.queries import proofs
from zhengtong.insight.thread.queries.reading import Focus, Reading, body_of
from zhengtong.insight.thread.rules import LABELS, Checked, Finding, Held, Shown, Step, first_broken
from zhengtong.kernel.errors import Words
from zhengtong.sharing import agreements, gateway, ledger

CHECKPOINT = "checkpoint"
_CHECKPOINT_LABEL = Words("检查点", "Checkpoint")


def check(reading: Reading, focus: Focus, steps: Iterable[schemas.ThreadStep], lake: Lake) -> schemas.ThreadCheck:
    """This will check each step that the reader sees, and the checkpoint over them; what is broken first is named."""
    seen = {one.step for one in steps if one.shown is Shown.OPEN}
    ways: Mapping[Step, Callable[[], Iterable[Finding]]] = {
        Step.BATCH: lambda: _batch(reading, focus, lake),
        Step.RULES: lambda: _rules(focus),
        Step.ITEM: lambda: _item(reading, focus),
        Step.AGREEMENT: lambda: _agreement(reading, focus),
        Step.DECISION: lambda: _decision(reading, focus),
        Step.CALL: lambda: _call(reading, focus),
        Step.VIEW: lambda: _view(reading, focus),
    }
    found = [Checked(step.value, tuple(way())) for step, way in ways.items() if step in seen]
    found.append(Checked(CHECKPOINT, tuple(_checkpoint(reading, focus))))
    return _told(reading, [one for one in found if one.findings])


def _batch(reading: Reading, focus: Focus, lake: Lake) -> Iterable[Finding]:
    batch, row = focus.batch, proofs.batch_entry(reading, focus)
    if batch is None:
        return
    body = body_of(row)
    leaves = [bytes.fromhex(one) for one in batch.leaves]
    yield _that(
        intake.batch_root(leaves, ledger.sm3).hex() == batch.digest,
        Words("批次指纹由各块算出", "The batch's digest follows from its chunks"),
        Words("批次指纹与各块不符", "The batch's digest does not follow from its chunks"),
    )
    yield from _on_ledger(reading, row)
    if row is None:
        return
    yield _that(
        (body.get("digest"), body.get("rows")) == (batch.digest, batch.rows_landed),
        Words("批次与账本记录一致", "The batch is as the ledger has it"),
        Words("批次记录与账本不符", "The batch's record is not as the ledger has it"),
    )
    yield _lake_files(lake, str(body.get("table", "")), body.get("version"), body.get("files"))


def _lake_files(lake: Lake, table: str, version: object, told: object) -> Finding:
    if not isinstance(told, dict) or not told or not isinstance(version, int):
        return Finding(
            Held.SKIPPED, Words("账本上没有这一版的文件指纹", "The ledger has no digests of this version's files")
        )
    try:
        kept = lake.fingerprints(table, ledger.sm3, version=version)
    except (TableAbsent, VersionGone):
        gone = Words("湖中这一版的文件已按规定清理", "The lake's files of this version were vacuumed by rule")
        return Finding(Held.SKIPPED, gone)
    except OSError as away:
        return Finding(Held.BROKEN, Words(f"湖中文件读不到：{away}", f"A file of the lake cannot be read: {away}"))
    wrong = next((path for path in sorted(told) if kept.get(path) != told[path]), None)
    return _that(
        wrong is None,
        Words(
            f"湖中 {len(told)} 个文件逐字节一致", f"All {len(told)} files of the lake are as they were, byte by byte"
        ),
        Words(f"湖中文件被改动：{wrong}", f"A file of the lake was altered: {wrong}"),
    )


def _rules(focus: Focus) -> Iterable[Finding]:
    batch = focus.batch
    if batch is None:
        return
    whole = batch.rows_landed + batch.rows_quarantined + batch.rows_repeated
    yield _that(
        batch.rows_read == whole,
        Words("读入 = 落湖 + 隔离 + 重复，一行不少", "Read = landed + quarantined + repeated: no row is lost"),
        Words(
            f"读入 {batch.rows_read} 行，去向只有 {whole} 行",
            f"{batch.rows_read} rows were read, {whole} accounted for",
        ),
    )


def _item(reading: Reading, focus: Focus) -> Iterable[Finding]:
    version, row = proofs.item_version(reading, focus), proofs.item_entry(reading, focus)
    if version is None or version.published_at is None:
        return
    yield from _on_ledger(reading, row)
    if row is not None:
        yield _that(
            ledger.sm3(ledger.told(version.content)).hex() == body_of(row).get("digest"),
            Words("目录内容与发布时一致", "The item says what it said when published"),
            Words("目录内容在发布后被改动", "What the item says was altered after it was published"),
        )


def _agreement(reading: Reading, focus: Focus) -> Iterable[Finding]:
    terms, rows = proofs.terms_of(reading, focus), proofs.seal_entries(reading, focus)
    if terms is None or focus.agreement is None:
        return
    yield _that(
        proofs.terms_digest(reading, terms) == terms.digest,
        Words("条款与指纹一致", "The terms are those of the fingerprint"),
        Words("条款被改动，与指纹不符", "The terms were altered: they are not those of the fingerprint"),
    )
    if any("text_digest" in body_of(row) for row in rows):
        yield _that(
            all(proofs.text_fits(terms, row) for row in rows),
            Words("协议文本与双方所签的一致", "The text is the one that both sides signed"),
            Words("协议文本被改动，不是双方所签的那一份", "The text was altered: it is not the one that was signed"),
        )
    for row in rows:
        yield from _on_ledger(reading, row)
    sealed = [one for row in rows if (one := _seal(reading, focus, terms, row)) is not None]
    yield _that(
        len(set(sealed)) >= 2,
        Words("双方签名有效", "Both sides' signatures hold"),
        Words("没有双方的有效签名", "Both sides' signatures do not hold"),
    )


def _seal(reading: Reading, focus: Focus, terms: agreements.AgreementTerms, row: ledger.LedgerEntry) -> str | None:
    """Who has sealed these terms by this entry; None where the seal does not hold over them."""
    body = body_of(row)
    try:
        seal = ledger.Seal.of(body["seal"])
    except (KeyError, TypeError):
        return None
    payload = agreements.seal_payload(terms)
    if body.get("terms_digest") != terms.digest:
        return None
    return seal.member if ledger.verify_seal(reading.session, seal, payload, crypto=reading.crypto) else None


def _decision(reading: Reading, focus: Focus) -> Iterable[Finding]:
    call, row = focus.call, proofs.call_entry(reading, focus)
    if call is None or row is None:
        return
    if call.code:
        yield from _on_ledger(reading, row)
    elif not _is_whole(row):
        yield Finding(Held.SKIPPED, Words("回执本身被改动，见供出一步", "The receipt itself was altered: see the call"))
        return
    if not reading.actor.may(gateway.RECHECK):
        yield Finding(
            Held.SKIPPED,
            Words("重新裁决由有“复核历史裁决”权限的人做", "Deciding again is for who may decide past calls again"),
        )
        return
    try:
        verdict = gateway.recheck_one(reading.session, reading.keyring, reading.crypto, call).verdict
    except ValueError:
        verdict = "altered"
    yield Finding(_VERDICTS[verdict][0], _VERDICTS[verdict][1])


_VERDICTS = {
    "same": (
        Held.HOLDS,
        Words("按当时的输入重新裁决，结果相同", "Decided again from what it was decided from: the same"),
    ),
    "differs": (Held.BROKEN, Words("重新裁决结果不同", "Decided again, the outcome is another")),
    "altered": (Held.BROKEN, Words("封存的裁决输入被改动", "The sealed inputs of the decision were altered")),
    "missing": (Held.BROKEN, Words("账本上没有这次裁决", "The ledger has no such decision")),
    "shredded": (Held.SKIPPED, Words("裁决输入已按规定销毁", "The inputs were destroyed by rule")),
}


def _call(reading: Reading, focus: Focus) -> Iterable[Finding]:
    call, row = focus.call, proofs.call_entry(reading, focus)
    if call is None:
        return
    yield from _on_ledger(reading, row)
    if row is not None:
        wrong = proofs.differing(call, body_of(row))
        yield _that(
            not wrong,
            Words("调用记录与回执一致", "The record of the call is as the receipt says"),
            Words(
                f"调用记录与回执不符：{', '.join(wrong)}", f"The record differs from the receipt: {', '.join(wrong)}"
            ),
        )


def _view(reading: Reading, focus: Focus) -> Iterable[Finding]:
    call, body = focus.call, body_of(proofs.call_entry(reading, focus))
    if call is None or call.code:
        return
    named = body.get("subjects_count", len(body.get("subjects", [])))
    yield _that(
        named == call.about,
        Words("回执写明的主体数与记录一致", "The receipt names as many as the record"),
        Words(
            f"回执写明 {named} 个主体，记录是 {call.about} 个", f"The receipt names {named}, the record {call.about}"
        ),
    )
    if focus.person is not None and body.get("subjects"):
        tokens, keyring = focus.person.tokens, reading.keyring
        mine = ledger.references_of(reading.session, tokens, call.receipt_id, keyring=keyring)
        yield _that(
            bool(mine & set(body["subjects"])),
            Words(
                "回执上有您的代号，只有您的密钥认得出", "The receipt bears your reference, which only your key can tell"
            ),
            Words("回执上没有您的代号", "The receipt does not bear your reference"),
        )


def _checkpoint(reading: Reading, focus: Focus) -> Iterable[Finding]:
    """The newest checkpoint over the thread, with everybody's signature on it."""
    rows = [one(reading, focus) for one in (proofs.batch_entry, proofs.item_entry, proofs.call_entry)]
    last = max((row.index for row in (*rows, *proofs.seal_entries(reading, focus)) if row), default=None)
    point = ledger.best_checkpoint(reading.session, last + 1, reading.needed) if last is not None else None
    if point is None:
        return
    signers = proofs.cosigners(reading, point)
    yield _that(
        ledger.checkpoint_holds(reading.session, point, origin=reading.origin, crypto=reading.crypto),
        Words(f"检查点 #{point.number} 的城市签名与 {len(signers)} 家共签有效", f"Checkpoint #{point.number}: the city's and {len(signers)} witnesses' signatures hold"),
        Words(f"检查点 #{point.number} 被改动：签名不对", f"Checkpoint #{point.number} was altered: a signature does not hold"),
    )  # fmt: skip


def _on_ledger(reading: Reading, row: ledger.LedgerEntry | None) -> Iterable[Finding]:
    """That the entry is what its leaf is of, and stands under a signed root."""
    if row is None:
        yield Finding(Held.WAITING, Words("还没有上账本", "It is not on the ledger yet"))
        return
    if not _is_whole(row):
        said = Words(f"账本第 {row.index} 条的内容被改动", f"The content of entry {row.index} was altered")
        yield Finding(Held.BROKEN, said)
        return
    try:
        told = gateway.bundle_of(reading.session, row.index, reading.settings)
        if told is None:
            yield Finding(Held.WAITING, Words("等待检查点签名", "It waits for a signed checkpoint"))
            return
        keys = [ledger.Key.of(one) for one in told["keys"]]
        ledger.verify_bundle(told, ledger.sm3, ledger.verifier(reading.crypto), trusted=keys)
    except ValueError as wrong:
        said = Words(f"账本第 {row.index} 条的证明不成立", f"The proof of entry {row.index} does not hold: {wrong}")
        yield Finding(Held.BROKEN, said, own=False)
        return
    yield Finding(
        Held.HOLDS,
        Words(
            f"在账本第 {row.index} 条，由签名的树根证明", f"Entry {row.index} of the ledger, proved by a signed root"
        ),
    )


def _is_whole(row: ledger.LedgerEntry) -> bool:
    return ledger.leaf_hash(ledger.sm3, row.entry) == row.leaf


def _that(holds: bool, right: Words, wrong: Words) -> Finding:
    return Finding(Held.HOLDS, right) if holds else Finding(Held.BROKEN, wrong)


def _told(reading: Reading, found: list[Checked]) -> schemas.ThreadCheck:
    broken = first_broken(found)
    names = {one.step: _CHECKPOINT_LABEL if one.step == CHECKPOINT else LABELS[Step(one.step)] for one in found}
    return schemas.ThreadCheck(
        at=reading.now,
        steps=[
            schemas.ThreadChecked.model_validate(
                {
                    "step": one.step,
                    "label": schemas.ThreadWords.of(names[one.step]),
                    "state": one.state,
                    "findings": [
                        schemas.ThreadFinding(state=each.state, said=schemas.ThreadWords.of(each.said))
                        for each in one.findings
                    ],
                }
            )
            for one in found
        ],
        held=sum(one.state is Held.HOLDS for one in found),
        broken=sum(one.state is Held.BROKEN for one in found),
        first_broken=broken,
        first_broken_label=schemas.ThreadWords.of(names[broken]) if broken else None,
    )
