"""Subgames: solvers that know every hand, or sample the cards to come; spots from files."""
