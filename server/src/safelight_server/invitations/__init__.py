"""Invitations to the organization: a link, sent by mail where a mail server is configured."""
