"""From datasets to batches: sources, pairs, augmentation, targets, worker processes."""
