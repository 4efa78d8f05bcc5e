"""Reading, checking and digesting golden sets."""
