"""The bootstrap of weighted comparisons: effects, replicates, intervals."""
