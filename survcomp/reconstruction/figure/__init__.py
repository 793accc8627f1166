"""From a traced figure: whole patients on the lattice of times and numbers at risk."""
