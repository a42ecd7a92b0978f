"""What a support request needs: collected, freed of every secret, written as a letter."""
