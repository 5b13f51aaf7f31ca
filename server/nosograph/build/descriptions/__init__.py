"""What a release says of itself in RDF: VoID, DCAT, HCLS, service description."""
