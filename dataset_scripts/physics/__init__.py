"""Physically simulated clips of opposed motions: what `build_physics.py` is made of."""
