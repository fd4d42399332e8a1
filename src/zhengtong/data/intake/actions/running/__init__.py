"""Runs at work: slices of jobs, and how each ends."""
