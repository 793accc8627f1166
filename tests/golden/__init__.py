"""Numbers computed by R, with the scripts that computed them."""
