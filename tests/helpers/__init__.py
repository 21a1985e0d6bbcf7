"""What several tests share: naive twins of the kernels, small games, and commands started as a user starts them."""
