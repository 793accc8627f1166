# Golden numbers for the test of proportional hazards, follow-up and interval hazards.
# Run from the repository root:  Rscript tests/golden/hazards.R
# Uses tests/golden/estimate_patients.csv; writes tests/golden/hazards.csv (name,value).
library(survival)
out <- list()
put <- function(name, value) out[[name]] <<- value
d <- read.csv("tests/golden/estimate_patients.csv")
control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 100)
for (column in c("time", "tied")) {
  d$t <- d[[column]]
  fit <- coxph(Surv(t, event) ~ I(sex == 1), d, ties = "efron", control = control)
  for (transform in c("km", "identity", "log")) {
    z <- cox.zph(fit, transform = transform)
    put(paste0("zph/", column, "/", transform), z$table[1, "chisq"])
  }
}
for (sex in 1:2) {
  f <- survfit(Surv(time, 1 - event) ~ 1, data = d[d$sex == sex, ], conf.type = "log-log")
  m <- quantile(f, 0.5)
  put(paste0("follow_up/", sex), c(m$quantile, m$lower, m$upper))
}
cut <- survSplit(Surv(time, event) ~ ., data = d, cut = c(180, 365, 730), episode = "part")
for (part in 1:4) {
  e <- cut[cut$part == part, ]
  rate <- poisson.test(sum(e$event), sum(e$time - e$tstart))
  put(paste0("hazard/", part), c(sum(e$event), sum(e$time - e$tstart), rate$estimate, rate$conf.int))
}
rows <- do.call(rbind, lapply(names(out), function(name) {
  v <- out[[name]]
  data.frame(name = paste0(name, if (length(v) > 1) paste0("/", seq_along(v)) else ""),
             value = ifelse(is.na(v), "nan", sprintf("%.16g", v)))
}))
write.csv(rows, "tests/golden/hazards.csv", row.names = FALSE, quote = FALSE)
