"""`python -m lemma`."""

from lemma.cli import main

main()
