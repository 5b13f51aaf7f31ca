"""What is examined, a module for each group of checks; each has a table ``CHECKS``."""
