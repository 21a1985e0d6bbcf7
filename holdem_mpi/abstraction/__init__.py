"""Card abstraction: features of hands, the buckets made from them by percentile or k-means, and their files."""
