"""Bytes to pixels to pictures: decoding, preprocessing and overlays."""
