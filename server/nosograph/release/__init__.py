"""The contract between building and serving: manifest, names, digests, open, verify."""
