"""Appearance of the CPU network: where on the body it is sampled, colours, and the learned branch."""
