"""The rules of HTTP as pure functions, without a framework."""
