"""Who does what can wait: backends for Django's tasks, one a module."""
