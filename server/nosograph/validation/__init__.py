"""Shapes over graphs give a report, which is a value: a graph that does not conform is a result, not an error."""
