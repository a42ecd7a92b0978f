"""What Claude Code on the user's machine knows: errors, retries and usage, as counts alone."""
