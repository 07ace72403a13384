"""Runs a training: network and losses, steps, validation, checkpoints, the loop."""
