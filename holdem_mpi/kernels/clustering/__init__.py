"""Features of hands, the distances between them, and the steps of k-means."""
