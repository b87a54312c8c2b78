"""The folder: the local side of a pair. One door, `LocalFolder`; nothing else of kodokeep touches the tree."""
