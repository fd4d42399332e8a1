"""Where the value comes from: the source, the batch, what the rules found, the item's version."""

from sqlalchemy import select

from zhengtong.data import catalogue, intake, quality
from zhengtong.insight.thread import schemas
from zhengtong.insight.thread.queries import entering, proofs
from zhengtong.insight.thread.queries.reading import Focus, Reading, fact, item_words, parties, words
from zhengtong.insight.thread.rules import NOT_FOR_PERSONS, Kind, Shown, Step, needs
from zhengtong.kernel.actor import Permission
from zhengtong.kernel.errors import Words


def source_step(reading: Reading, focus: Focus) -> schemas.ThreadStep:
    """The system from which the batch was read."""
    if focus.batch is None:
        return absent(Step.SOURCE, "还没有接入数据源。", "No source has been connected yet.")
    wanted = intake.visible_sources(reading.actor).where(intake.Source.id == focus.batch.source_id)
    found = reading.session.scalar(wanted)
    if found is None:
        return closed(Step.SOURCE, focus, intake.READ)
    column = found.mapping.get(focus.field, "") if focus.field else ""
    facts = [
        fact("编码", "Code", found.code),
        fact("方式", "Kind", found.kind.value),
        fact("读入字段", "Columns read", len(found.mapping)),
    ]
    if column:
        facts.append(fact("这个字段来自", "This field comes from", column))
    return schemas.ThreadStep(
        step=Step.SOURCE,
        id=str(found.id),
        title=words(found.name_zh, found.name_en or found.name_zh),
        said=words(
            f"从“{found.name_zh}”{f'的 {column} 列' if column else ''}读来",
            f"Read from {found.code}{f', column {column}' if column else ''}",
        ),
        at=found.last_landed_at,
        who=parties(reading, [found.department_id]),
        facts=facts,
        link=f"/intake/sources/{found.id}",
    )


def batch_step(reading: Reading, focus: Focus) -> schemas.ThreadStep:
    """The rows as they were read, by their digest."""
    batch = focus.batch
    if batch is None:
        return absent(Step.BATCH, "还没有一批数据落湖。", "No batch has landed yet.")
    seen = reading.session.scalar(intake.visible_batches(reading.actor).where(intake.Batch.id == batch.id))
    if seen is None:
        return closed(Step.BATCH, focus, intake.READ)
    source = reading.session.get(intake.Source, batch.source_id)
    return schemas.ThreadStep(
        step=Step.BATCH,
        id=str(batch.id),
        title=words(f"第 {batch.number} 批", f"Batch {batch.number}"),
        said=words(
            f"读入 {batch.rows_read:,} 行，落湖 {batch.rows_landed:,} 行",
            f"{batch.rows_read:,} read, {batch.rows_landed:,} landed",
        ),
        at=batch.at,
        who=parties(reading, [source.department_id if source else None]),
        facts=_batch_facts(batch),
        proof=proofs.batch_proof(reading, focus),
        link=f"/intake/runs/{batch.run_id}",
        count=entering.count(reading, entering.batches(reading, focus)),
    )


def rules_step(reading: Reading, focus: Focus) -> schemas.ThreadStep:
    """What the rules found in the batch, or in the item as it stands."""
    item, batch, actor = focus.item, focus.batch, reading.actor
    if item is None:
        return absent(Step.RULES, "还没有可以检测的数据项。", "There is no item to measure yet.")
    if focus.kind is Kind.USE or not actor.may(quality.READ) or not _sees(reading, item):
        return closed(Step.RULES, focus, quality.READ)
    found = measured(reading, focus)
    facts = []
    if batch and reading.session.scalar(intake.visible_batches(actor).where(intake.Batch.id == batch.id)):
        facts.append(fact("隔离", "Quarantined", f"{batch.rows_quarantined:,}"))
    if found is None:
        said = words("这一批还没有检测结果", "Not measured yet")
        return schemas.ThreadStep(
            step=Step.RULES, said=said, facts=facts,
            link=f"/quality/items/{item.id}",
        )  # fmt: skip
    facts += [
        fact("判断", "Judged", f"{found.judged:,}"),
        fact("合格", "Passed", f"{found.passed:,}"),
        fact("湖中版本", "Version in the lake", found.table_version),
    ]
    score = f"{found.score / 100:g}" if found.score is not None else "–"
    return schemas.ThreadStep(
        step=Step.RULES,
        id=str(found.id),
        title=words(f"{score} 分", f"Score {score}"),
        said=words(
            f"{found.judged:,} 次判断，{found.passed:,} 次合格",
            f"{found.passed:,} of {found.judged:,} judgements passed",
        ),
        at=found.at,
        facts=facts,
        link=f"/quality/items/{item.id}",
    )


def item_step(reading: Reading, focus: Focus) -> schemas.ThreadStep:
    """What the catalogue says the data are, in the version that was in force."""
    item = focus.item
    if item is None:
        return absent(Step.ITEM, "还没有编入目录。", "Not listed yet.")
    title = words(
        f"{item.number or item.code} {item.name_zh}", f"{item.number or item.code} {item.name_en or item.name_zh}"
    )
    if not _sees(reading, item):
        if focus.kind is not Kind.USE:
            return closed(Step.ITEM, focus, catalogue.READ)
        return schemas.ThreadStep(
            step=Step.ITEM,
            shown=Shown.NAMED,
            title=item_words(item),
            said=words("城市数据目录里的一项", "An item of the city's catalogue"),
            reason=schemas.ThreadWords.of(NOT_FOR_PERSONS),
            who=parties(reading, [item.department_id]),
        )
    version = proofs.item_version(reading, focus)
    facts = [fact("编码", "Code", item.code), fact("分级", "Level", item.level.value)]
    facts += _field_facts(reading, focus, item)
    return schemas.ThreadStep(
        step=Step.ITEM,
        id=str(item.id),
        title=title,
        said=words(f"第 {version.number} 版", f"Version {version.number}") if version else words("草稿", "Draft"),
        at=version.published_at if version else item.created_at,
        who=parties(reading, [item.department_id]),
        facts=facts,
        proof=proofs.item_proof(reading, focus),
        link=f"/catalogue/{item.id}",
    )


def measured(reading: Reading, focus: Focus) -> quality.Measurement | None:
    """The measurement that the batch caused; the item's newest where there is none of it."""
    one = quality.Measurement
    wanted = select(one).where(one.item_id == (focus.item.id if focus.item else None))
    of_batch = wanted.where(one.batch_id == (focus.batch.id if focus.batch else None))
    newest = wanted.order_by(one.at.desc(), one.id.desc()).limit(1)
    return reading.session.scalar(of_batch) or reading.session.scalar(newest)


def absent(step: Step, zh: str, en: str) -> schemas.ThreadStep:
    """A step that the data have not gone yet."""
    return schemas.ThreadStep(step=step, shown=Shown.ABSENT, reason=words(zh, en))


def closed(step: Step, focus: Focus, permission: Permission) -> schemas.ThreadStep:
    """A step that is not for this reader: nothing but why."""
    why = NOT_FOR_PERSONS if focus.kind is Kind.USE else needs(Words(permission.zh, permission.en))
    return schemas.ThreadStep(step=step, shown=Shown.CLOSED, reason=schemas.ThreadWords.of(why))


def _sees(reading: Reading, item: catalogue.Item) -> bool:
    wanted = catalogue.visible_items(reading.actor).where(catalogue.Item.id == item.id)
    return reading.session.scalar(wanted) is not None


def _batch_facts(batch: intake.Batch) -> list[schemas.ThreadFact]:
    return [
        fact("读入", "Read", f"{batch.rows_read:,}"),
        fact("落湖", "Landed", f"{batch.rows_landed:,}"),
        fact("隔离", "Quarantined", f"{batch.rows_quarantined:,}"),
        fact("重复", "Repeated", f"{batch.rows_repeated:,}"),
        fact("湖中版本", "Version in the lake", "–" if batch.version is None else batch.version),
    ]


def _field_facts(reading: Reading, focus: Focus, item: catalogue.Item) -> list[schemas.ThreadFact]:
    if not focus.field:
        return []
    fields = catalogue.fields_of(reading.session, item.id)
    one = next((each for each in fields if each.name == focus.field), None)
    if one is None:
        return []
    return [
        fact("字段", "Field", f"{one.name_zh}（{one.name}）", one.name),
        fact("字段分级", "The field's level", one.level.value),
        fact("数据元", "Data element", one.element_code or "–"),
    ]
