"""The catalogue in DCAT-AP 3: written as a graph, and a foreign feed read. Pure: text in, values out."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rdflib import Graph

Form = Literal["turtle", "json-ld", "xml"]
MEDIA: dict[Form, str] = {"turtle": "text/turtle", "json-ld": "application/ld+json", "xml": "application/rdf+xml"}
AUTHORITY = "http://publications.europa.eu/resource/authority"
RIGHTS = {"unconditional": "PUBLIC", "conditional": "RESTRICTED", "disallowed": "NON_PUBLIC"}
FREQUENCY = {
    "realtime": "UPDATE_CONT",
    "day": "DAILY",
    "week": "WEEKLY",
    "month": "MONTHLY",
    "quarter": "QUARTERLY",
    "year": "ANNUAL",
    "on_demand": "IRREG",
}
CYCLE = {code: cycle for cycle, code in FREQUENCY.items()} | {"CONT": "realtime", "UNKNOWN": "on_demand"}
PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "zt": "urn:zhengtong:terms:",
}
MOST_DATASETS = 20_000


@dataclass(frozen=True, slots=True)
class Names:
    """A text in both languages; `en` may be empty."""

    zh: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """An item as DCAT tells it. `uri` is its page."""

    uri: str
    code: str
    title: Names
    description: str
    department: Names
    department_uri: str
    theme: Names
    theme_uri: str
    open_type: str
    cycle: str
    format: Names
    level: str
    share_type: str
    issued: datetime | None
    modified: datetime
    version: str
    keywords: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Paged:
    """One page of the catalogue, and the addresses of this, the first and the next one."""

    this: str
    first: str
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """A dataset of a foreign feed. `digest` changes when what we take from it changes."""

    uri: str
    title: Names
    description: str
    publisher: str
    cycle: str
    keywords: tuple[str, ...]
    modified: str
    address: str

    @property
    def digest(self) -> str:
        told = json.dumps(
            [self.title.zh, self.title.en, self.description, self.publisher, self.cycle, self.keywords, self.address],
            ensure_ascii=False,
        )
        return hashlib.sha256(told.encode()).hexdigest()


class FeedNotRead(Exception):
    """The feed is no DCAT that can be read: `reason` says why, 中文 | English."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def write_catalogue(catalogue: str, publisher: Names, datasets: Sequence[Dataset], page: Paged, form: Form) -> str:
    """One page of the catalogue as text. `catalogue` is its URI."""
    from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, BNode, Graph, Literal, Namespace, URIRef

    graph = Graph()
    for prefix, name in PREFIXES.items():
        graph.bind(prefix, name, override=True)
    hydra = Namespace(PREFIXES["hydra"])
    whole, agent = URIRef(catalogue), URIRef(f"{catalogue}#publisher")
    graph.add((whole, RDF.type, DCAT.Catalog))
    _named(
        graph,
        whole,
        DCTERMS.title,
        Names(f"{publisher.zh}数据目录", f"Data catalogue of {publisher.en or publisher.zh}"),
    )
    said = Names(
        "本市政务数据目录中已发布的数据项。", "The published items of the city's catalogue of government data."
    )
    _named(graph, whole, DCTERMS.description, said)
    graph.add((whole, DCTERMS.publisher, agent))
    graph.add((agent, RDF.type, FOAF.Agent))
    _named(graph, agent, FOAF.name, publisher)
    for code in ("ZHO", "ENG"):
        graph.add((whole, DCTERMS.language, URIRef(f"{AUTHORITY}/language/{code}")))
    view = URIRef(page.this)
    graph.add((view, RDF.type, hydra.PartialCollectionView))
    graph.add((whole, hydra.view, view))
    graph.add((whole, hydra.totalItems, Literal(page.total, datatype=XSD.integer)))
    graph.add((view, hydra.first, URIRef(page.first)))
    if page.next:
        graph.add((view, hydra.next, URIRef(page.next)))
    for one in datasets:
        _add(graph, whole, one)
        record = BNode()
        graph.add((whole, DCAT.record, record))
        graph.add((record, RDF.type, DCAT.CatalogRecord))
        graph.add((record, FOAF.primaryTopic, URIRef(one.uri)))
        graph.add((record, DCTERMS.modified, Literal(one.modified)))
    told = graph.serialize(format="pretty-xml" if form == "xml" else form)
    return told if isinstance(told, str) else str(told)


def _named(graph: "Graph", thing: Any, predicate: Any, names: Names) -> None:
    from rdflib import Literal

    graph.add((thing, predicate, Literal(names.zh, lang="zh")))
    if names.en and names.en != names.zh:
        graph.add((thing, predicate, Literal(names.en, lang="en")))


def _add(graph: "Graph", whole: Any, one: Dataset) -> None:
    from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, Literal, Namespace, URIRef

    own, vcard = Namespace(PREFIXES["zt"]), Namespace(PREFIXES["vcard"])
    thing, agent, theme = URIRef(one.uri), URIRef(one.department_uri), URIRef(one.theme_uri)
    copy, contact, form = (URIRef(f"{one.uri}#{part}") for part in ("distribution", "contact", "format"))
    graph.add((whole, DCAT.dataset, thing))
    facts: list[tuple[Any, Any]] = [
        (RDF.type, DCAT.Dataset),
        (DCTERMS.identifier, Literal(one.code)),
        (DCTERMS.publisher, agent),
        (DCTERMS.accessRights, URIRef(f"{AUTHORITY}/access-right/{RIGHTS.get(one.open_type, 'NON_PUBLIC')}")),
        (DCTERMS.accrualPeriodicity, URIRef(f"{AUTHORITY}/frequency/{FREQUENCY.get(one.cycle, 'UNKNOWN')}")),
        (DCTERMS.modified, Literal(one.modified)),
        (DCAT.theme, theme),
        (DCAT.contactPoint, contact),
        (DCAT.landingPage, thing),
        (DCAT.version, Literal(one.version)),
        (DCAT.distribution, copy),
        (own.level, Literal(one.level)),
        (own.shareType, Literal(one.share_type)),
        *((DCAT.keyword, Literal(word, lang="zh")) for word in one.keywords),
    ]
    facts += [(DCTERMS.issued, Literal(one.issued))] if one.issued else []
    for predicate, value in facts:
        graph.add((thing, predicate, value))
    _named(graph, thing, DCTERMS.title, one.title)
    _named(graph, thing, DCTERMS.description, Names(one.description or one.title.zh))
    for subject, kind, predicate, names in (
        (agent, FOAF.Agent, FOAF.name, one.department),
        (theme, SKOS.Concept, SKOS.prefLabel, one.theme),
        (contact, vcard.Organization, vcard.fn, one.department),
        (form, DCTERMS.MediaTypeOrExtent, RDFS.label, one.format),
        (copy, DCAT.Distribution, DCTERMS.title, one.title),
    ):
        graph.add((subject, RDF.type, kind))
        _named(graph, subject, predicate, names)
    for predicate, value in ((DCAT.accessURL, thing), (DCTERMS.format, form)):
        graph.add((copy, predicate, value))


def read_feed(content: bytes, form: Form) -> tuple[list[Foreign], str | None]:
    """The datasets of a feed in order of their URIs, and the address of its next page. Raises FeedNotRead.

    Nothing is fetched meanwhile: documents that point elsewhere for their contexts or entities are refused.
    """
    from rdflib import DCAT, RDF, Graph, Namespace, URIRef

    _refuse_reaching_out(content, form)
    graph = Graph()
    try:
        graph.parse(data=content, format=form)
    except Exception as wrong:  # a parser may fail in any way on foreign text
        raise FeedNotRead((str(wrong).strip().splitlines() or [type(wrong).__name__])[0][:200]) from wrong
    found = sorted({one for one in graph.subjects(RDF.type, DCAT.Dataset) if isinstance(one, URIRef)})
    if not found and (None, RDF.type, DCAT.Catalog) not in graph:
        raise FeedNotRead("其中没有 dcat:Catalog 或 dcat:Dataset | there is no dcat:Catalog or dcat:Dataset in it")
    if len(found) > MOST_DATASETS:
        raise FeedNotRead(f"{len(found)} > {MOST_DATASETS}")
    hydra = Namespace(PREFIXES["hydra"])
    following = next((str(one) for one in graph.objects(None, hydra.next)), None)
    return [_foreign(graph, one) for one in found], following


def _refuse_reaching_out(content: bytes, form: Form) -> None:
    if form == "xml" and (b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content):
        raise FeedNotRead("XML 里不能有 DOCTYPE，也只接受 UTF-8 | no DOCTYPE is allowed in the XML, and UTF-8 alone")
    if form != "json-ld":
        return
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as wrong:
        raise FeedNotRead(str(wrong)[:200]) from wrong
    if _points_elsewhere(told):
        said = "JSON-LD 的 @context 要写在文件里，不能是网址 | its @context must be in the file, not an address"
        raise FeedNotRead(said)


def _points_elsewhere(told: Any) -> bool:
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            contexts = one.get("@context", [])
            contexts = contexts if isinstance(contexts, list) else [contexts]
            if "@import" in one or any(isinstance(each, str) for each in contexts):
                return True
            waiting += one.values()
    return False


def _foreign(graph: "Graph", one: Any) -> Foreign:
    from rdflib import DCAT, DCTERMS, FOAF

    publisher = graph.value(one, DCTERMS.publisher)
    frequency = str(graph.value(one, DCTERMS.accrualPeriodicity) or "").rpartition("/")[2]
    title = _names(graph, one, DCTERMS.title)
    return Foreign(
        uri=str(one),
        title=title if title.zh else Names(str(one).rpartition("/")[2] or str(one)),
        description=_names(graph, one, DCTERMS.description).zh,
        publisher=_names(graph, publisher, FOAF.name).zh if publisher is not None else "",
        cycle=CYCLE.get(frequency, "on_demand"),
        keywords=tuple(sorted(str(word) for word in graph.objects(one, DCAT.keyword)))[:50],
        modified=str(graph.value(one, DCTERMS.modified) or ""),
        address=str(graph.value(one, DCAT.landingPage) or one),
    )


def _names(graph: "Graph", one: Any, predicate: Any) -> Names:
    by_language = {
        (getattr(text, "language", None) or ""): str(text) for text in sorted(graph.objects(one, predicate), key=str)
    }
    en = by_language.get("en", "")
    zh = next((text for language, text in by_language.items() if language.startswith("zh")), "")
    return Names(zh or by_language.get("") or en or next(iter(by_language.values()), ""), en)
