# Writes excerpts of public tables, as R writes them, to the folder cmd/inspect/testdata/tables. From this folder:
#   Rscript tables.R
# It needs the package mlbench (Debian's r-cran-mlbench), whose tables are of the UCI Machine Learning Repository
# (CC BY 4.0), and data sets that come with R.
library(mlbench)
out <- file.path("..", "cmd", "inspect", "testdata", "tables")
dir.create(out, recursive = TRUE, showWarnings = FALSE)

# At most n rows of each class, evenly spaced, in the order of the table.
excerpt <- function(d, label, n = 12) {
  spread <- function(i) i[unique(round(seq(1, length(i), length.out = min(n, length(i)))))]
  d[sort(unlist(tapply(seq_len(nrow(d)), d[[label]], spread))), ]
}
get_mlbench <- function(name) {
  e <- new.env()
  data(list = name, package = "mlbench", envir = e)
  get(name, e)
}
path <- function(name, form) file.path(out, paste0(name, ".", form))

plain <- c(BreastCancer = "Class", DNA = "Class", Glass = "Type", HouseVotes84 = "Class", Ionosphere = "Class",
  LetterRecognition = "lettr", PimaIndiansDiabetes2 = "diabetes", Satellite = "classes", Shuttle = "Class",
  Soybean = "Class", Vehicle = "Class", Vowel = "Class")
for (name in names(plain)) {
  d <- excerpt(get_mlbench(name), plain[[name]])
  write.csv(d, path(name, "csv"), row.names = FALSE)
}
write.csv(excerpt(iris, "Species"), path("iris", "csv"), row.names = FALSE)
write.csv(infert[1:120, ], path("infert", "csv"), row.names = FALSE)
write.csv(warpbreaks, path("warpbreaks", "csv"), row.names = FALSE)
write.csv(chickwts, path("chickwts", "csv"), row.names = FALSE)
titanic <- as.data.frame(Titanic)
write.csv(excerpt(titanic[rep(1:32, titanic$Freq), 1:4], "Survived", 60), path("Titanic", "csv"), row.names = FALSE)

# With row names, with semicolons and decimal commas, with tabs, in other encodings and without a header.
write.csv(mtcars, path("mtcars", "rownames.csv"))
write.csv(get_mlbench("Zoo"), path("Zoo", "rownames.csv"))
glass <- excerpt(get_mlbench("Glass"), "Type")
rownames(glass) <- NULL
write.csv(glass, path("Glass", "rownames.csv"))
write.csv2(glass, path("Glass", "csv2.csv"), row.names = FALSE)
write.csv2(excerpt(get_mlbench("Vowel"), "Class", 5), path("Vowel", "csv2.csv"), row.names = FALSE)
write.table(excerpt(iris, "Species"), path("iris", "tsv"), sep = "\t")
write.table(excerpt(iris, "Species"), path("iris", "txt"))
write.csv(excerpt(iris, "Species"), path("iris", "utf16.csv"), row.names = FALSE, fileEncoding = "UTF-16LE")
write.table(excerpt(get_mlbench("Ionosphere"), "Class"), path("ionosphere", "data"), sep = ",", row.names = FALSE,
  col.names = FALSE, quote = FALSE)
write.table(excerpt(get_mlbench("HouseVotes84"), "Class"), path("house-votes-84", "data"), sep = ",", row.names = FALSE,
  col.names = FALSE, quote = FALSE, na = "?")
