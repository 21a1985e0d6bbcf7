"""Hands that were played or are dealt: records, histories, and the profile of the table that they belong to."""
