"""Names, formats and writers of RDF: what every other room says terms and documents with."""
