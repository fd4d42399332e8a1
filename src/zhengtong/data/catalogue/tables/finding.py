"""The text index of the items."""

from zhengtong.engines import search

INDEX = search.Index("catalogue_item")
