"""What builds, checks and starts the project. The first three files run before anything is installed."""
