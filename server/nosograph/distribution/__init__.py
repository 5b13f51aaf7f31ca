"""What a folder of releases keeps, and what it lets go."""
