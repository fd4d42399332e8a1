"""Zhengtong 政通: one platform on which a city's departments share data and work together."""

__version__ = "0.1.0"
