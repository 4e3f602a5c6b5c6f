"""Where a workflow's media can be: a directory of this machine, or a folder in a bucket of each provider."""
