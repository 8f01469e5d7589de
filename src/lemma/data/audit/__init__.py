"""What stands twice: within a data set and across its parts (`audit`), and in several data sets (`overlap`)."""
