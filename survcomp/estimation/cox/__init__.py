"""Cox models: one module a kernel, by how many arms, covariates and data sets it takes."""
