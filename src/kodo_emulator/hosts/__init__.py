"""Kodo's hosts: one module for each group of routes, named after its host (uc, rs, rsf, up, io, api)."""
