"""Who is calling: tokens, and what turns one into a principal."""
