"""Policies by name: what a strategy does at any decision, and the ranges that follow from it."""
