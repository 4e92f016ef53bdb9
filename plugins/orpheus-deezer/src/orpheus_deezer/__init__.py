"""Deezer for Orpheus: links, catalogue, search, and the 30-second previews."""
