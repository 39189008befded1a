"""VLM Run v1: raw bytes by object reference, within a session or an execution."""
