"""Programs that are run by hand: checks that soak, the quality of strategies, speed. README.md says what each shows."""
