"""The assistant of Orpheus: relates the events of a run, and says what to do next."""
