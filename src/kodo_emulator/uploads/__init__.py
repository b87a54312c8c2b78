"""From arriving bytes to an object: what all ways of uploading share. The ways themselves are in `hosts/up_*.py`."""
