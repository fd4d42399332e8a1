"""云溪市 Yunxi: the fictional city in which Zhengtong is shown and tested.

Its departments, staff, residents and firms are invented; its area codes begin with 99, which belongs to no province.
The same seed gives the same bytes. Standard library only, so that it runs anywhere:

    cd examples && python -m city --size small --out /tmp/yunxi

Residents and firms come in blocks that are drawn independently (`block_of`), so a bureau's own view of them,
with faults planted on purpose, can be derived block by block from a stream of its own: `Dice("city", seed, "tax", block)`.
"""

from .bureaus import Kept, Planted, kept
from .business import Firm, firms
from .changes import Change, changes, people_and_firms
from .civil_service import CivilService
from .files import SEED, SIZES, Size, tables, write
from .government import Department, department, departments
from .items import CatalogueItem, ItemField, items, live_items
from .places import CITY, Division, divisions
from .population import AS_OF, Resident, block_of, residents
from .staffing import Person, Post, chief_data_officer, staff
from .stores import (
    COMPANY,
    PAYMENTS,
    RELIEF,
    RESIDENT,
    WAGES,
    drop,
    make_table,
    message,
    put,
    tax_messages,
)
from .story import CAST, RESIDENT_NAME, RESIDENT_NAME_EN, Part
from .truth import truth, write_truth

__all__ = [
    "AS_OF",
    "CAST",
    "CITY",
    "COMPANY",
    "PAYMENTS",
    "RELIEF",
    "RESIDENT",
    "RESIDENT_NAME",
    "RESIDENT_NAME_EN",
    "SEED",
    "SIZES",
    "WAGES",
    "CatalogueItem",
    "Change",
    "CivilService",
    "Department",
    "Division",
    "Firm",
    "ItemField",
    "Kept",
    "Part",
    "Person",
    "Planted",
    "Post",
    "Resident",
    "Size",
    "block_of",
    "changes",
    "chief_data_officer",
    "department",
    "departments",
    "divisions",
    "drop",
    "firms",
    "items",
    "kept",
    "live_items",
    "make_table",
    "message",
    "people_and_firms",
    "put",
    "residents",
    "staff",
    "tables",
    "tax_messages",
    "truth",
    "write",
    "write_truth",
]
