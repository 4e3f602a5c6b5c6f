"""Every scheme that fsspec knows and Safelight has no provider for: sftp, ftp, github, webdav, memory, ..."""
