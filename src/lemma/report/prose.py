"""Small matters of English that several sentences share."""


def listed(words: list[str], comma: str = ", ", last: str = "and") -> str:
    """Return words as an English list."""
    if comma != ", " or len(words) < 2:
        return comma.join(words)
    return f"{comma.join(words[:-1])} {last} {words[-1]}"


def capital(text: str) -> str:
    """Return a text that may begin a sentence."""
    return text[:1].upper() + text[1:]
