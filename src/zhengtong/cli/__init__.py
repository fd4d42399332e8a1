"""The command line: `zhengtong run`, `demo`, `doctor` and the rest; one thin module a group."""
