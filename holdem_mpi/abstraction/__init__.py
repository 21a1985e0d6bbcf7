"""Card abstraction over arrays: features of hands and the buckets made from them."""
