"""Google Cloud Storage for tests: the emulator, and in front of it what it leaves out.

Google's clients ──► front ──► emulator (fake-gcs-server)
        │              │ asks who holds a token, checks signed URLs
        └──► identity ◄┘     tokens, federation, impersonation, signing, the metadata server
"""
