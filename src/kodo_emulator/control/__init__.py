"""What the real cloud lacks: faults on demand, the request log, the control endpoint, and the door they sit in."""
