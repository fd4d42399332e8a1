"""云溪市 Yunxi: the fictional city in which Zhengtong is shown and tested.

Its departments, staff, residents and firms are invented; its area codes begin with 99, which belongs to no province.
The same seed gives the same bytes. Standard library only, so that it runs anywhere:

    cd examples && python -m city --size small --out /tmp/yunxi

Residents and firms come in blocks that are drawn independently (`block_of`), so a bureau's own view of them,
with faults planted on purpose, can be derived block by block from a stream of its own: `Dice("city", seed, "tax", block)`.
"""

from .business import Firm, firms
from .files import SEED, SIZES, Size, tables, write
from .government import Department, department, departments
from .places import CITY, Division, divisions
from .population import AS_OF, Resident, block_of, residents
from .staffing import Person, Post, chief_data_officer, staff
from .story import CAST, RESIDENT_NAME, Part

__all__ = [
    "AS_OF",
    "CAST",
    "CITY",
    "RESIDENT_NAME",
    "SEED",
    "SIZES",
    "Department",
    "Division",
    "Firm",
    "Part",
    "Person",
    "Post",
    "Resident",
    "Size",
    "block_of",
    "chief_data_officer",
    "department",
    "departments",
    "divisions",
    "firms",
    "residents",
    "staff",
    "tables",
    "write",
]
