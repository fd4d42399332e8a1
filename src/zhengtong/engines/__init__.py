"""The engines: one port a kind, its adapters behind it. `open_engines` is the only place that chooses one."""
