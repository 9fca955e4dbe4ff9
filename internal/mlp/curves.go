package mlp

// Curves are the metrics that an epoch is scored by, with the names that files have for them.
var Curves = []struct {
	Name  string
	Value func(Scores) float64
}{
	{"loss", func(s Scores) float64 { return s.Loss }},
	{"accuracy", func(s Scores) float64 { return s.Accuracy }},
	{"f1_macro", func(s Scores) float64 { return s.F1Macro }},
}
