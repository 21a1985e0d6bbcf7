"""What the game is: rules, betting tree, table layout, toy games."""
