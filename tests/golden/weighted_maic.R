# Golden numbers for weighted two-arm estimates, from R's survival, sandwich and boot packages.
# Run from the repository root:  Rscript tests/golden/weighted_maic.R
# Writes tests/golden/weighted_maic.csv (name,value), weighted_maic_patients.csv (the patients)
# and weighted_maic_replicates.csv (replicates of a ratio, and its estimates without each unit).
library(survival)
library(sandwich)
library(boot)
set.seed(20261121)
n <- c(70, 60)
treated <- rep(1:0, n)
time <- rexp(sum(n), 1 / ifelse(treated == 1, 14, 9))
limit <- runif(sum(n), 3, 30)
event <- as.integer(time <= limit)
time <- round(pmin(time, limit), 6)
score <- round(rnorm(sum(n), 2 + treated, 3), 3)
patients <- data.frame(
  treated = treated, time = time, tied = ceiling(time / 2), event = event,
  response = rbinom(sum(n), 1, ifelse(treated == 1, 0.7, 0.4)), score = score,
  weight = ifelse(treated == 1, round(rgamma(sum(n), 0.7, 0.7), 4) + 0.001, 1))
rows <- list()
add <- function(name, value) {
  rows[[length(rows) + 1]] <<- data.frame(name = name, value = format(value, digits = 15))
}
# Cox, both forms of ties, weights unequal, times with and without ties
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
for (column in c("time", "tied")) for (ties in c("efron", "breslow")) {
  patients$t <- patients[[column]]
  f <- coxph(Surv(t, event) ~ treated, patients, weights = weight, ties = ties, robust = TRUE,
             control = control, timefix = FALSE)
  add(paste("cox", column, ties, c("log_hr", "se_model", "se_robust"), sep = "/"),
      c(coef(f), sqrt(f$naive.var[1, 1]), sqrt(f$var[1, 1])))
}
# Infinitesimal jackknife of the weighted Kaplan-Meier curve and of its area
for (arm in 0:1) {
  own <- patients[patients$treated == arm, ]
  own$id <- seq_len(nrow(own))
  f <- survfit(Surv(tied, event) ~ 1, own, weights = weight, id = id, robust = TRUE, timefix = FALSE)
  ij <- residuals(f, times = 5, type = "pstate", weighted = TRUE)
  area <- residuals(f, times = 8, type = "auc", weighted = TRUE)
  add(paste("km", arm, c("survival", "se"), sep = "/"),
      c(summary(f, times = 5)$surv, sqrt(sum(as.matrix(ij)^2))))
  add(paste("rmst", arm, c("estimate", "se"), sep = "/"),
      c(unname(summary(f, rmean = 8)$table["rmean"]), sqrt(sum(as.matrix(area)^2))))
}
# Binary and continuous outcomes: sandwich variances of weighted models
models <- suppressWarnings(list(
  log_or = glm(response ~ treated, binomial("logit"), patients, weights = weight,
               control = glm.control(epsilon = 1e-14, maxit = 100)),
  log_rr = glm(response ~ treated, binomial("log"), patients, weights = weight,
               start = c(-0.9, 0.2), control = glm.control(epsilon = 1e-14, maxit = 200)),
  risk_difference = glm(response ~ treated, binomial("identity"), patients, weights = weight,
                        start = c(0.4, 0.2), control = glm.control(epsilon = 1e-14, maxit = 200)),
  mean_difference = lm(score ~ treated, patients, weights = weight)))
for (name in names(models)) {
  f <- models[[name]]
  add(paste("response", name, c("estimate", "HC0", "HC3"), sep = "/"),
      c(coef(f)[2], sqrt(vcovHC(f, type = "HC0")[2, 2]), sqrt(vcovHC(f, type = "HC3")[2, 2])))
}
# Intervals of boot.ci: a ratio of means, so that bias and acceleration are not 0
pairs <- data.frame(x = round(rexp(25, 0.1), 3), u = round(rexp(25, 0.2) + 1, 3))
ratio <- function(d, i) sum(d$x[i]) / sum(d$u[i])
b <- boot(pairs, ratio, R = 999)
left_out <- sapply(1:25, function(i) ratio(pairs[-i, ], 1:24))
ci <- boot.ci(b, conf = c(0.9, 0.95), type = c("norm", "perc", "bca"), L = 24 * (mean(left_out) - left_out))
add("boot/estimate", b$t0)
for (k in 1:2) {
  level <- c("0.9", "0.95")[k]
  add(paste("boot/normal", level, c("low", "high"), sep = "/"), ci$normal[k, 2:3])
  add(paste("boot/percentile", level, c("low", "high"), sep = "/"), ci$percent[k, 4:5])
  add(paste("boot/BCa", level, c("low", "high"), sep = "/"), ci$bca[k, 4:5])
}
write.csv(do.call(rbind, rows), "tests/golden/weighted_maic.csv", row.names = FALSE, quote = FALSE)
patients$t <- NULL
write.csv(patients, "tests/golden/weighted_maic_patients.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(kind = rep(c("replicate", "left out"), c(999, 25)),
                     value = format(c(b$t[, 1], left_out), digits = 15)),
          "tests/golden/weighted_maic_replicates.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "survival", format(packageVersion("survival")), "sandwich",
    format(packageVersion("sandwich")), "boot", format(packageVersion("boot")), "\n")
