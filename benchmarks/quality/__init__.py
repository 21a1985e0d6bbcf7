"""How good strategies are: against best responses, against each other, and against the clock."""
