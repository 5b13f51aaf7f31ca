"""Views as HTML: templates, citation formats, structured data."""
