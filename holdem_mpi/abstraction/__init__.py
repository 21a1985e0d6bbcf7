"""Card abstraction: features of hands, the buckets made from them by percentile, texture or k-means, and files."""
