"""What depends on the Oxigraph engine: evaluation of a request and its error messages."""
