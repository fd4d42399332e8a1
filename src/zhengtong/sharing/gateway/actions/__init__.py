"""What can be done at the gateway."""
