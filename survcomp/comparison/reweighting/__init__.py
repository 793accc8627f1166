"""Each way of weighting, done again for many resamples at once, and its derivative."""
