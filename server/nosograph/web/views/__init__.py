"""What a page shows, as values; no Flask and no HTML."""
