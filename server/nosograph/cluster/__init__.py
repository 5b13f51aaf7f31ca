"""Answers SPARQL on a cluster: the SQL of the analysis engine, run by Apache Spark over the tables of a release."""
