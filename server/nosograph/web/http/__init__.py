"""The rules of HTTP as values and pure functions: no framework, no request object, no release."""
