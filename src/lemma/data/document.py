"""A document as a reader yields it."""

from typing import NamedTuple


class Document(NamedTuple):
    """A text with its class, and its part (train, dev, test) where the files fix it.

    `where` leads back to file and line. Documents of one `group`, such as the reviews of one film, are never parted
    when a dev part is cut off.
    """

    text: str
    label: str
    part: str | None
    where: str
    group: str | None = None
