"""Who may do what with which dataset: access lists, and what they give each principal."""
