"""Duplicates within a data set and across its splits (stage `audit`), and across data sets (stage `overlap`)."""
