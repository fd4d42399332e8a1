"""What can be done with sources, runs and quarantined rows."""
