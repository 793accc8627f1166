# Golden numbers for outcome models, pseudo-observations and pooling, from base R and survival.
# Run from the repository root:  Rscript tests/golden/outcome_models.R
# Writes tests/golden/outcome_models.csv (name,value) and outcome_models_patients.csv.
library(survival)
set.seed(20261121)
n <- 120
patients <- data.frame(
  age = round(rnorm(n, 60, 8), 2), male = rbinom(n, 1, 0.45), treated = rep(0:1, n / 2))
eta <- 0.05 * (patients$age - 60) + 0.5 * patients$male - 0.7 * patients$treated
dies <- rexp(n, exp(eta) / 12)
leaves <- runif(n, 4, 30)
patients$time <- round(pmin(dies, leaves), 1)
patients$time[patients$time == 0] <- 0.1
patients$event <- as.integer(dies <= leaves)
patients$response <- rbinom(n, 1, plogis(0.3 - eta))
rows <- list()
add <- function(name, value) {
  rows[[length(rows) + 1]] <<- data.frame(name = name, value = format(as.vector(value), digits = 15))
}
others <- data.frame(age = c(55, 62, 70), male = c(0, 1, 1))
# logistic regression, its sandwich (HC0) by hand, and G-computation over three patients
f <- glm(response ~ age + male, binomial, patients, control = glm.control(epsilon = 1e-14))
x <- model.matrix(f)
r <- patients$response - fitted(f)
bread <- solve(t(x) %*% (x * fitted(f) * (1 - fitted(f))))
sandwich <- bread %*% (t(x * r) %*% (x * r)) %*% bread
add(paste("logistic/coefficient", 0:2, sep = "/"), coef(f))
add(paste("logistic/se", 0:2, sep = "/"), sqrt(diag(sandwich)))
p <- predict(f, others, type = "response")
add("logistic/mean", mean(p))
g <- colMeans(p * (1 - p) * cbind(1, as.matrix(others)))
add("logistic/mean_se", sqrt(drop(t(g) %*% sandwich %*% g)))
# Cox model with Breslow ties, both standard errors, and its survival for three patients
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
f <- coxph(Surv(time, event) ~ age + male, patients, ties = "breslow", robust = TRUE,
           control = control, timefix = FALSE)
add(paste("cox/coefficient", 1:2, sep = "/"), coef(f))
add(paste("cox/se", 1:2, sep = "/"), sqrt(diag(f$naive.var)))
add(paste("cox/se_robust", 1:2, sep = "/"), sqrt(diag(f$var)))
g <- coxph(Surv(time, event) ~ age + male, patients, ties = "breslow", control = control,
           timefix = FALSE)
s <- survfit(g, others, stype = 2, ctype = 1)
add(paste("cox/survival", 1:3, sep = "/"), summary(s, times = 8)$surv)
edges <- c(0, s$time[s$time < 10], 10)
area <- sapply(1:3, function(k) sum(diff(edges) * c(1, s$surv[s$time < 10, k])))
add(paste("cox/rmst", 1:3, sep = "/"), area)
# Parametric models, and survival and its area for three patients
for (d in c("weibull", "loglogistic", "lognormal")) {
  f <- survreg(Surv(time, event) ~ age + male, patients, dist = d,
               control = survreg.control(rel.tolerance = 1e-14, maxiter = 200))
  add(paste(d, "coefficient", 0:2, sep = "/"), coef(f))
  add(paste(d, "sigma", sep = "/"), f$scale)
  lp <- predict(f, others, type = "lp")
  curve <- function(t, k) 1 - psurvreg(t, lp[k], f$scale, d)
  add(paste(d, "survival", 1:3, sep = "/"), sapply(1:3, function(k) curve(8, k)))
  add(paste(d, "rmst", 1:3, sep = "/"),
      sapply(1:3, function(k) integrate(curve, 0, 10, k = k, rel.tol = 1e-12)$value))
}
# Conditional effects with covariates centred at the target, as STC reports them
patients$a <- patients$age - 63
patients$m <- patients$male - 0.6
f <- glm(response ~ a + m + treated + treated:a, binomial, patients,
         control = glm.control(epsilon = 1e-14))
x <- model.matrix(f)
r <- patients$response - fitted(f)
bread <- solve(t(x) %*% (x * fitted(f) * (1 - fitted(f))))
add("stc/log_or", coef(f)["treated"])
add("stc/log_or_se", sqrt((bread %*% (t(x * r) %*% (x * r)) %*% bread)["treated", "treated"]))
f <- coxph(Surv(time, event) ~ a + m + treated + treated:a, patients, ties = "breslow",
           robust = TRUE, control = control, timefix = FALSE)
add("stc/log_hr", coef(f)["treated"])
add("stc/log_hr_se", sqrt(f$var[3, 3]))
# Infinitesimal jackknife pseudo-observations of the first six patients
s <- survfit(Surv(time, event) ~ 1, patients, timefix = FALSE)
add(paste("pseudo/rmst", 1:6, sep = "/"), pseudo(s, times = 10, type = "rmst")[1:6])
add(paste("pseudo/survival", 1:6, sep = "/"), pseudo(s, times = 8, type = "survival")[1:6])
# Inverse-variance pooling, in base R
y <- c(-0.51, -0.22, -0.80, 0.05, -0.35)
v <- c(0.20, 0.15, 0.30, 0.18, 0.25)^2
w <- 1 / v
k <- length(y)
fixed <- sum(w * y) / sum(w)
q <- sum(w * (y - fixed)^2)
excess <- function(t) sum((y - sum(y / (v + t)) / sum(1 / (v + t)))^2 / (v + t)) - (k - 1)
tau2 <- c(DL = max(0, (q - (k - 1)) / (sum(w) - sum(w^2) / sum(w))),
          PM = uniroot(excess, c(0, 10), tol = 1e-14)$root)
add("pool/fixed", fixed)
add("pool/fixed_se", sqrt(1 / sum(w)))
add("pool/q", q)
add("pool/q_p", pchisq(q, k - 1, lower.tail = FALSE))
add("pool/i2", (q - (k - 1)) / q)
for (m in names(tau2)) {
  u <- 1 / (v + tau2[m])
  mean <- sum(u * y) / sum(u)
  half <- qt(0.975, k - 2) * sqrt(tau2[m] + 1 / sum(u))
  add(paste("pool", m, c("tau2", "random", "se", "prediction_low", "prediction_high"), sep = "/"),
      c(tau2[m], mean, sqrt(1 / sum(u)), mean - half, mean + half))
}
write.csv(do.call(rbind, rows), "tests/golden/outcome_models.csv", row.names = FALSE, quote = FALSE)
keep <- c("age", "male", "treated", "time", "event", "response")
write.csv(patients[keep], "tests/golden/outcome_models_patients.csv", row.names = FALSE, quote = FALSE)
