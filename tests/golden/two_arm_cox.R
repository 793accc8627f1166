# Golden numbers for survcomp.estimation.cox.two_arm, from R's survival package.
# Run from the repository root:  Rscript tests/golden/two_arm_cox.R
# Writes tests/golden/two_arm_cox.csv (name,value) and two_arm_cox_patients.csv (the patients).
library(survival)
set.seed(20261121)
arm <- function(case, treated, n, scale, shape = 1, round_to = 0) {
  time <- rweibull(n, shape, scale)
  limit <- runif(n, 2, 30)
  event <- as.integer(time <= limit)
  time <- pmin(time, limit)
  time <- if (round_to > 0) round_to * ceiling(time / round_to) else round(time, 6)
  data.frame(case = case, time = time, event = event, treated = treated)
}
cases <- list(
  plain     = rbind(arm("plain", 1, 100, 20), arm("plain", 0, 130, 9)),
  crossing  = rbind(arm("crossing", 1, 97, 12, 0.6), arm("crossing", 0, 128, 12, 1.8)),
  months    = rbind(arm("months", 1, 60, 20, round_to = 1), arm("months", 0, 80, 9, round_to = 1)),
  quarters  = rbind(arm("quarters", 1, 60, 20, round_to = 3), arm("quarters", 0, 80, 9, round_to = 3)),
  # few patients, one arm followed far beyond the other: many deaths say nothing
  short     = data.frame(case = "short", treated = rep(1:0, c(5, 6)),
                         time  = c(1, 2, 3, 3.5, 3.6, 1.5, 2, 5, 6, 7, 8),
                         event = c(1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1)),
  extreme   = rbind(arm("extreme", 1, 200, 400), arm("extreme", 0, 200, 2))
)
rows <- list()
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
for (name in names(cases)) for (ties in c("efron", "breslow")) {
  f <- coxph(Surv(time, event) ~ treated, cases[[name]], ties = ties, control = control,
             timefix = FALSE)
  rows[[length(rows) + 1]] <- data.frame(
    name = paste(name, ties, c("log_hr", "se"), sep = "/"),
    value = format(c(coef(f), sqrt(vcov(f)[1, 1])), digits = 15))
}
write.csv(do.call(rbind, rows), "tests/golden/two_arm_cox.csv", row.names = FALSE, quote = FALSE)
columns <- c("case", "time", "event", "treated")
write.csv(do.call(rbind, lapply(cases, function(d) d[, columns])),
          "tests/golden/two_arm_cox_patients.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "survival", format(packageVersion("survival")), "\n")
