"""What the wire protocol says about texts: signatures, names, hashes, policies. No objects, no sockets, no clock."""
