"""How fast it is, always beside something known and measured in the same run."""
