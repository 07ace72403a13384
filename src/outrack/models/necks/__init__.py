"""Necks: from feature maps of several strides to one map at stride 4, the input of the heads."""
