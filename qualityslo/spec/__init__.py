"""The versioned YAML spec and its mapping to domain values."""
