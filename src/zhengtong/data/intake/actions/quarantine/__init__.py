"""Quarantined rows: mended, replayed, discarded."""
