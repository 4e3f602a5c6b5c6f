"""What the patches for media share: local copies, header reads, the paths of a collection, progress bars."""
