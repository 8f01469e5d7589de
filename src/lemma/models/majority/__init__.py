"""The majority baseline."""
