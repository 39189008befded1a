"""What a file's bytes say it is, as the canonical extensions of `media_types.TABLE`."""
