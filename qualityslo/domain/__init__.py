"""What the product knows: frozen values and pure rules. No I/O, no clock, no randomness of its own."""
