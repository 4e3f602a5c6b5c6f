"""What the patches for paths and files share."""
