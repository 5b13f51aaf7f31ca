"""Help for curators: quotations found in source texts, citations checked."""
