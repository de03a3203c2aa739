"""docker-compose.yml, the image that is ours, and .env."""
