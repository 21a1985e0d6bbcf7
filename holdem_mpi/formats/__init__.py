"""Text to values and back, without files: lines and games of the ACPC, PHH hands, ranges, policies as JSON."""
