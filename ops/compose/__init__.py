"""What docker-compose.yml needs before it can start."""
