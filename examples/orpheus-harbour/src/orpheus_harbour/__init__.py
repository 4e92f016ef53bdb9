"""Albums, tracks and search of Harbour for Orpheus."""
