"""Published prognostic effects, which a rebuilt arm is standardised by."""
