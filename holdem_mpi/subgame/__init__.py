"""Subgames: solvers that know every hand or sample the cards to come, gadgets, and spots from files."""
