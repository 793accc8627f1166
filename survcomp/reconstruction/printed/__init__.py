"""From printed numbers alone: a latent curve under what was printed."""
