"""业务中台: who works here, by when, and who is told."""
