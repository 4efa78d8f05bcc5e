"""Facts, reviews and outbox in SQL."""
