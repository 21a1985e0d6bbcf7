"""Compiled functions over arrays; they import nothing of the project outside this package."""
