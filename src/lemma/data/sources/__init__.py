"""What is published: the catalogue of data sets, and the archives that hold their files."""
