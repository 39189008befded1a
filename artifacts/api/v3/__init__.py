"""LightOn Paradigm v3: the metadata of an artifact as JSON, with its picture in it."""
