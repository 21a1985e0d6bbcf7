"""What a game is: its rules, action menu, betting tree, table layout and deck, held together by ``Game``."""
