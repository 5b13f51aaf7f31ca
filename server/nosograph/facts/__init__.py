"""Curated Turtle becomes graphs with derived status, direct triples and IRIs."""
