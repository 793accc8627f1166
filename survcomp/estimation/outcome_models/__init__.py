"""Models of an outcome given covariates, for those ways of comparing that need one."""
