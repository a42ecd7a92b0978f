"""The ways in: one click command per module, named once in main.COMMANDS."""
