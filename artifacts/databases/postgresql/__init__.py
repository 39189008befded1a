"""PostgreSQL that may hang, restart or vanish without taking the service along."""
