"""The stack on one machine: finds, starts, watches and stops the real programs."""
