"""Configuration of a training run: settings with their defaults, and YAML files."""
