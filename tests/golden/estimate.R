# Golden numbers for survcomp.estimation, from R's survival package.
# Run from the repository root:  Rscript tests/golden/estimate.R
# Writes tests/golden/estimate.csv (name,value) and estimate_patients.csv (the patients).
library(survival)
out <- list()
put <- function(name, value) out[[name]] <<- value

set.seed(42)
d <- survival::lung[, c("time", "status", "sex")]
d$event <- d$status - 1
d$weight <- round(runif(nrow(d), 0.1, 3), 3)
d$tied <- ceiling(d$time / 60)                 # heavy ties: two-month periods
write.csv(d[, c("time", "event", "sex", "weight", "tied")],
          "tests/golden/estimate_patients.csv", row.names = FALSE)

for (type in c("log-log", "log", "plain")) {
  f <- survfit(Surv(time, event) ~ 1, data = d, conf.type = type)
  m <- quantile(f, 0.5)
  put(paste0("km/median/", type), c(m$quantile, m$lower, m$upper))
  for (t in c(90, 365, 730)) {
    s <- summary(f, times = t)
    put(paste0("km/at/", t, "/", type), c(s$surv, s$std.err, s$lower, s$upper))
  }
}
for (sex in 1:2) {
  g <- d[d$sex == sex, ]
  f <- survfit(Surv(time, event) ~ 1, data = g, weights = weight, robust = TRUE, conf.type = "log-log")
  m <- quantile(f, 0.5)
  put(paste0("wkm/", sex, "/median"), c(m$quantile, m$lower, m$upper))
  for (t in c(180, 365, 730)) {
    s <- summary(f, times = t)
    put(paste0("wkm/", sex, "/at/", t), c(s$surv, s$std.err, s$lower, s$upper))
  }
}
control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 100)
both <- function(f) c(coef(f), sqrt(diag(vcov(f))))
put("cox/plain", both(coxph(Surv(time, event) ~ I(sex == 1), d, ties = "efron", control = control)))
put("cox/tied", both(coxph(Surv(tied, event) ~ I(sex == 1), d, ties = "efron", control = control)))
d$w <- ifelse(d$sex == 1, d$weight, 1)         # only the treatment arm is weighted
put("cox/weighted", both(coxph(Surv(time, event) ~ I(sex == 1), d, weights = w, robust = TRUE,
                               ties = "efron", control = control)))
put("cox/weighted_tied", both(coxph(Surv(tied, event) ~ I(sex == 1), d, weights = w, robust = TRUE,
                                    ties = "efron", control = control)))
put("logrank/chi_squared", survdiff(Surv(time, event) ~ sex, data = d)$chisq)
put("logrank/tied/chi_squared", survdiff(Surv(tied, event) ~ sex, data = d)$chisq)

flat <- survfit(Surv(1:4, c(1, 1, 1, 1)) ~ 1)
put("km/flat/median", quantile(flat, 0.5)$quantile)
flat <- survfit(Surv(1:4, c(1, 1, 0, 0)) ~ 1)
put("km/flat_to_the_end/median", quantile(flat, 0.5)$quantile)

for (sex in 1:2) {
  f <- survfit(Surv(time, event) ~ 1, data = d[d$sex == sex, ])
  s <- summary(f, rmean = 365)$table
  put(paste0("rmst/", sex), c(s["rmean"], s["se(rmean)"]))
}
# events at time 0, which some implementations lose
zero <- data.frame(time = c(rep(0, 30), 5, 6, rep(10, 68)), event = c(rep(1, 32), rep(0, 68)))
f <- survfit(Surv(time, event) ~ 1, data = zero, conf.type = "log-log")
s <- summary(f, times = 10)
put("zero/at/10", c(s$surv, s$std.err, s$lower, s$upper))
s <- summary(f, rmean = 10)$table
put("zero/rmst", c(s["rmean"], s["se(rmean)"]))

options(digits = 15)
rows <- do.call(rbind, lapply(names(out), function(n)
  data.frame(name = paste0(n, if (length(out[[n]]) > 1) paste0("/", seq_along(out[[n]])) else ""),
             value = format(as.numeric(out[[n]]), digits = 15))))
write.csv(rows, "tests/golden/estimate.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "survival", format(packageVersion("survival")), "\n")
