"""Pure text to values and back."""
