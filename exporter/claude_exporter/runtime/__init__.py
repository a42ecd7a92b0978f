"""What keeps the exporter going: clock, timers, log, state file."""
