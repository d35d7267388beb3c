"""The running terminal: wiring, supervision, control server, watchdog."""
