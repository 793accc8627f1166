"""Whether weights can be trusted: balance, spread, overlap, who carries them."""
