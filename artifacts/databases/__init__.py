"""Database backends: Django's, with limits on how long anything is waited for."""
