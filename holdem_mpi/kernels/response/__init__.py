"""Best responses with real hands, one street of betting at a time."""
