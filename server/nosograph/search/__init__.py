"""The index of labels and of foreign codes: written and read here."""
