"""督查与展望: rooms that look at what the others did, and change nothing of it."""
