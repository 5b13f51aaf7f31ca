"""What depends on the Oxigraph engine: the dataset of a query, its evaluation, its error messages."""
