"""Exact best responses to a policy: by enumeration of all deals, or flop by flop with real hands."""
