"""The HTTP server: rules of HTTP, Flask routes, views as values, their HTML, and what runs it all."""
