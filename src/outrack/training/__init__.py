"""Learning from boxes: targets, augmentation, pair sampling, the loop, checkpoints."""
