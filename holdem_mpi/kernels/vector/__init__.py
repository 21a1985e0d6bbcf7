"""Vector-form traversals: all buckets on a public board at once."""
