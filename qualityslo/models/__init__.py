"""What answers golden items."""
