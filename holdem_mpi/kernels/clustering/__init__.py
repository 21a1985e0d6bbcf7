"""Features of hands and the distances by which they are clustered."""
