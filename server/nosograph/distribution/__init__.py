"""What a folder of releases pulls, keeps and lets go, and what other services are told of a release."""
