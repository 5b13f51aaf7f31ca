"""Answers analytic SPARQL by translating it to SQL over a columnar file that is derived from a release."""
