"""The Flask application: pure content negotiation, one blueprint per surface, and the server that runs it."""
