"""Training: a problem, an algorithm for each sampler, and the trainers that run them on many ranks."""
