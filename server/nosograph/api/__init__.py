"""The functions that ``import nosograph`` offers, each in the module that imports what it needs and no more."""
