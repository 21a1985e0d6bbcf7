"""Values of ranges: equities, and what a policy's subtree is worth."""
