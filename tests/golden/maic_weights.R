# Golden numbers for survcomp.adjustment: weights by base R alone (optim, glm, solve).
# Run from the repository root:  Rscript tests/golden/maic_weights.R
# Writes tests/golden/maic_weights.csv (name,value) and maic_weights_patients.csv (the patients).
set.seed(20261121)
n <- 240
d <- data.frame(id = sprintf("P%03d", 1:n), arm = rep(c("A", "C"), c(130, 110)))
d$age <- round(rnorm(n, 60, 9), 1)
d$male <- rbinom(n, 1, plogis((d$age - 60) / 20))
d$lines <- 1 + rpois(n, 1.6)                       # few values: many ties
d$ldh <- round(exp(rnorm(n, 5.4, 0.4) + 0.1 * d$male))

# columns less their targets, for each target population
cases <- list(
  means = with(d, cbind(age - 63, male - 0.62)),
  moments = with(d, cbind(age - 62, (age - 62)^2 - 7.5^2, male - 0.45, (lines > 3) - 0.5)),
  # quartiles; ties at the median count one half
  quantiles = with(d, cbind((ldh > 190) - 0.75, (ldh > 280) - 0.25,
                            (lines > 3) + 0.5 * (lines == 3) - 0.5))
)
# SD with the divisor n - 1, of 80 patients
cases$divisor <- with(d, cbind(age - 62, (age - 62)^2 - 7.5^2 * 79 / 80))

entropy <- function(z) {
  s <- apply(z, 2, sd)
  z <- sweep(z, 2, s, "/")
  a <- optim(rep(0, ncol(z)), function(a) sum(exp(z %*% a)),
             function(a) drop(crossprod(z, exp(z %*% a))), method = "BFGS",
             control = list(maxit = 1000, reltol = 1e-14))$par
  for (i in 1:20) {                                # to full precision
    w <- drop(exp(z %*% a))
    a <- a - drop(solve(crossprod(z, z * w), crossprod(z, w)))
  }
  w <- drop(exp(z %*% a))
  stopifnot(max(abs(crossprod(z, w))) / sum(w) < 1e-13)
  list(w = w, a = a / s)
}

# min sum w^2 with balance, sum w = n, w >= 0: the support from the dual by optim, then the
# equality-constrained solution on it by solve, then the conditions for the optimum
max_ess <- function(z) {
  u <- cbind(1, scale(z, center = FALSE, scale = apply(z, 2, sd)))
  dual <- function(l) sum(pmax(0, u %*% l)^2) / (2 * nrow(u)) - l[1]
  slope <- function(l) drop(crossprod(u, pmax(0, u %*% l))) / nrow(u) - c(1, rep(0, ncol(z)))
  l <- c(1, rep(0, ncol(z)))
  for (i in 1:20) l <- optim(l, dual, slope, method = "BFGS",
                             control = list(maxit = 1000, reltol = 1e-16))$par
  on <- drop(u %*% l) > 0
  l <- solve(crossprod(u[on, ]), c(nrow(u), rep(0, ncol(z))))
  w <- drop(u %*% l)
  stopifnot(all((w > 0) == on))                    # Karush, Kuhn, Tucker
  w <- pmax(0, w)
  stopifnot(max(abs(crossprod(u, w) / nrow(u) - c(1, rep(0, ncol(z))))) < 1e-12)
  w
}

ess <- function(w) sum(w)^2 / sum(w^2)
rows <- list()
note <- function(name, value)
  rows[[length(rows) + 1]] <<- data.frame(name = name, value = format(value, digits = 15))
for (name in names(cases)) {
  fit <- entropy(cases[[name]])
  for (j in seq_along(fit$a)) note(paste(name, "entropy/a", j, sep = "/"), fit$a[j])
  note(paste0(name, "/entropy/ess"), ess(fit$w))
  note(paste0(name, "/entropy/sum"), sum(fit$w))
  note(paste0(name, "/entropy/max"), max(fit$w))
  best <- max_ess(cases[[name]])
  note(paste0(name, "/max_ess/ess"), ess(best))
  note(paste0(name, "/max_ess/max"), max(best))
  note(paste0(name, "/max_ess/zero"), sum(best == 0))
}
treated <- d$arm == "A"
e <- fitted(glm(treated ~ age + male, binomial, d, control = list(epsilon = 1e-15, maxit = 100)))
w <- entropy(cases$means)$w * ifelse(treated, 1 / e, 1 / (1 - e))
note("two_stage/ess", ess(w))
note("two_stage/sum", sum(w))
note("two_stage/first", w[1])
note("two_stage/last", w[n])
w <- pmin(w, quantile(w, 0.95))
note("two_stage/truncated/ess", ess(w))
note("two_stage/truncated/sum", sum(w))
write.csv(do.call(rbind, rows), "tests/golden/maic_weights.csv", row.names = FALSE, quote = FALSE)
write.csv(d, "tests/golden/maic_weights_patients.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "\n")
