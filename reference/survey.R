# Writes internal/metrics/testdata/survey.json: intervals of shares in clustered samples, from the variance that the package
# survey estimates and the number of trials that its svyciprop(method = "beta") takes as independent, by R's own Wilson
# interval. From this folder: Rscript survey.R (Debian's r-cran-survey).
suppressMessages(library(survey))
set.seed(3)
numbers <- function(v) paste0("[", paste(format(v, digits = 17, trim = TRUE), collapse = ", "), "]")
draw <- function(groups, size, share, alike) {
  rows <- 1 + rgeom(groups, 1 / size)
  chance <- rbeta(groups, share * alike, (1 - share) * alike)
  group <- sample(rep(seq_len(groups) - 1, rows))
  success <- rbinom(length(group), 1, chance[group + 1])
  list(success = success, group = group)
}
case <- function(d, level) {
  design <- svydesign(ids = ~group, weights = ~1, data = data.frame(d))
  m <- svymean(~success, design)
  n <- nrow(design)
  tail <- (1 - level) / 2
  effective <- coef(m) * (1 - coef(m)) / vcov(m) * (qt(tail, n - 1) / qt(tail, degf(design)))^2
  trials <- min(n, effective)
  ci <- suppressWarnings(prop.test(coef(m) * trials, trials, conf.level = level, correct = FALSE)$conf.int)
  sprintf('    {"success": %s, "groups": %s, "confidence": %s, "low": %s, "high": %s}',
    numbers(d$success), numbers(d$group), level, format(ci[1], digits = 17), format(ci[2], digits = 17))
}
cases <- c()
for (d in list(draw(2, 5, 0.6, 5), draw(5, 4, 0.7, 2), draw(10, 6, 0.8, 1), draw(12, 1, 0.7, 100), draw(20, 10, 0.9, 3), draw(60, 3, 0.7, 1)))
  for (level in c(0.8, 0.95, 0.99)) cases <- c(cases, case(d, level))
writeLines(c("{", sprintf('  "made_by": "reference/survey.R, survey %s",', packageVersion("survey")), '  "cases": [',
  paste(cases, collapse = ",\n"), "  ]", "}"), file.path("..", "internal", "metrics", "testdata", "survey.json"))
