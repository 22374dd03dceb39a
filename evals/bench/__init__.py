"""Speed, memory and retrieval beside peers: every figure is a ratio of two things measured in one run."""
