"""Qobuz for Orpheus: links, catalogue, search, and the files that an account may download."""
