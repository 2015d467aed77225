"""The training loop and what it stands on: plain Python over torch that never touches a run directory."""
