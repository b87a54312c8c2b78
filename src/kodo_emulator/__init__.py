"""A faithful Qiniu Kodo server on loopback. It shares no code with kodokeep."""
