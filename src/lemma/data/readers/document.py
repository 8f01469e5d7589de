"""A document as a reader yields it."""

from typing import NamedTuple


class Document(NamedTuple):
    """A labelled text.

    Attributes:
        text: the text.
        label: name of its class.
        split: train, dev or test, if the data set's files have fixed splits.
        location: file and line, for error messages.
        group: documents of one group, such as the reviews of one film, stay in one split if a dev split is drawn.
    """

    text: str
    label: str
    split: str | None
    location: str
    group: str | None = None
