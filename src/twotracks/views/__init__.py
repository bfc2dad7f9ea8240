"""From a run to something to look at: pure functions, no input or output."""
