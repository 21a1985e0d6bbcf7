"""Hands that were played or are dealt: records, streams of them, and the table that they belong to."""
