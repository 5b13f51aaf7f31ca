"""Turns public data sets into named graphs, each with its provenance and an account of every row."""
