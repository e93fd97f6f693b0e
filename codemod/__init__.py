"""Reads the attention of PyTorch modeling files and writes subclasses that compute it by one call of SDPA."""
