"""Progress: readers of the event stream, and the ways they show what they read."""
