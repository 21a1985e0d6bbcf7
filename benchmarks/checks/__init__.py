"""Checks that soak: kills, damage, hostile lines, cards, rules, deadlines, whole matches."""
