"""Tables become curated facts, and facts tables; quotations are found in source texts, and citations verified."""
