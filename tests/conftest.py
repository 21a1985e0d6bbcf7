"""Beside the tests: pytest puts this folder on the path, so that they share ``naive`` and ``openspiel_oracle``."""
