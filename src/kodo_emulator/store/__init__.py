"""Where objects are kept: the interface that hosts use, and the stores behind it. What may be done is decided above."""
