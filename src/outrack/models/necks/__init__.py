"""Necks: feature maps of several strides to one map at stride 4, on which the heads sit."""
