"""Vector-form traversals: all buckets of both players on a public board at once."""
