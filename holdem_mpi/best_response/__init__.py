"""Exact best responses to a policy: by enumeration, or flop by flop with real hands."""
