"""docker-compose.yml as Docker's own loader understands it."""
