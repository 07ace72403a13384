"""Appearance of the CPU network: sampling points on the body, colour histograms, and the learned branch."""
