"""What the daemon does for its store by night, and what can be said of that: copies, trimming, the way back."""
