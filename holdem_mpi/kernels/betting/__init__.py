"""Betting, compiled: the rules over a row of numbers, the menus of trees, and kernels that walk or count all of it."""
