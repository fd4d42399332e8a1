"""What is kept: items, fields, versions, batches, usage, imports; lineage beside them."""

from zhengtong.data.catalogue.tables.items import CodeCounter, Field, Item, ItemVersion
from zhengtong.data.catalogue.tables.keeping import Import, ImportLine, ItemBatch, ItemUsage

__all__ = [
    "CodeCounter",
    "Field",
    "Import",
    "ImportLine",
    "Item",
    "ItemBatch",
    "ItemUsage",
    "ItemVersion",
]
