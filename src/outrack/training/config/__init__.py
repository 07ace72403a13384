"""What a training is: settings with their defaults, and the YAML files that hold them."""
