"""The dumps of a release, in every format, plain and compressed."""
