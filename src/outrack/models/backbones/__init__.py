"""Backbones: image (B, 3, H, W) to feature maps of several strides."""
