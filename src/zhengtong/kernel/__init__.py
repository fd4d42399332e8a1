"""The ground every room stands on: database, settings, errors, events, jobs, clock, capability, web. It knows no city word."""
