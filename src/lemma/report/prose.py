"""Helpers for generated English sentences."""


def join_words(words: list[str], comma: str = ", ", last: str = "and") -> str:
    """Return words as an English list: "a, b and c"; with another separator than ", " they are only joined by it."""
    if comma != ", " or len(words) < 2:
        return comma.join(words)
    return f"{comma.join(words[:-1])} {last} {words[-1]}"


def capitalize(text: str) -> str:
    """Return a text with its first letter in upper case, and the rest unchanged."""
    return text[:1].upper() + text[1:]
