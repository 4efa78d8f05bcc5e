"""How much of an answer the graders of closed answers read: enough, whatever a model sends."""

READ = 100_000
"""Characters read from an end of an answer; normalising ten million would take a minute."""


def last_part(text: str) -> str:
    """Return the last 100,000 characters of a text, from a word's start."""
    if len(text) <= READ:
        return text
    cut = text[-READ:]
    return cut.partition(" ")[2] or cut


def both_ends(text: str) -> str:
    """Return a text whole, or its first and its last 100,000 characters as two paragraphs."""
    if len(text) <= 2 * READ:
        return text
    cut = text[:READ]
    return f"{cut.rpartition(' ')[0] or cut}\n\n{last_part(text)}"
