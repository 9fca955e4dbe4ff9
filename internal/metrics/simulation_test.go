package metrics

import (
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// go test ./internal/metrics -run Simulat -v -simulations 1500 prints the figures that are quoted below.
var simulations = flag.Int("simulations", 100, "data sets that each simulation draws")

// A setting is how data sets are drawn and cross-validated. Two linear discriminants are compared, each
// of which sees its own features. All features are normal with variance 1 in either class, and
// their means differ by twice the shift, for the second learner by that times its advantage; with an
// advantage of 1 the learners are equally good, and a test that rejects raises a false alarm. Rows may
// come in groups, half of the groups in either class, whose rows share a part of each feature's
// variance; a group is then never on both sides of a fold.
type setting struct {
	features             int     // of each learner
	groups, rowsPerGroup int     // as many groups as rows: no groups
	shared               float64 // part of the variance
	shift, advantage     float64
	confidence           float64 // factor of both learners' log odds; 1 is what they estimate
	splits, repeats      int
}

// rejections are the shares of data sets in which each test finds a difference at 0.05, of accuracy and
// of log loss.
type rejections struct {
	naive     [2]float64 // t over the folds as if they were independent
	resampled [2]float64 // NewResampled
	rows      [2]float64 // NewRowWise
	groups    [2]float64 // NewGroupedRowWise
}

// The figures are those of 1,500 data sets each, so their standard error is up to .013, and .006 at .05.
func TestSimulatedFalseAlarmsAndPower(t *testing.T) {
	tests := []struct {
		name   string
		quoted rejections
		setting
	}{
		{
			name:    "208 rows, equal learners",
			quoted:  rejections{naive: [2]float64{.525, .524}, resampled: [2]float64{.040, .037}, rows: [2]float64{.055, .036}, groups: [2]float64{.055, .036}},
			setting: setting{features: 20, groups: 208, rowsPerGroup: 1, shift: .35, advantage: 1, confidence: 1, splits: 10, repeats: 10},
		},
		{
			name:    "208 rows, the second is better",
			quoted:  rejections{naive: [2]float64{.957, .947}, resampled: [2]float64{.507, .509}, rows: [2]float64{.571, .521}, groups: [2]float64{.571, .521}},
			setting: setting{features: 20, groups: 208, rowsPerGroup: 1, shift: .35, advantage: 1.3, confidence: 1, splits: 10, repeats: 10},
		},
		{
			// If learners do not minimise the loss that is compared, it varies with the training rows to
			// first order, which neither test allows for: both call too many losses different.
			name:    "208 rows, equal learners that are not sure enough",
			quoted:  rejections{naive: [2]float64{.541, .673}, resampled: [2]float64{.035, .142}, rows: [2]float64{.046, .131}, groups: [2]float64{.046, .131}},
			setting: setting{features: 20, groups: 208, rowsPerGroup: 1, shift: .35, advantage: 1, confidence: .5, splits: 10, repeats: 10},
		},
		{
			name:    "20 groups of 10 rows, equal learners",
			quoted:  rejections{naive: [2]float64{.631, .605}, resampled: [2]float64{.064, .032}, rows: [2]float64{.335, .279}, groups: [2]float64{.044, .028}},
			setting: setting{features: 8, groups: 20, rowsPerGroup: 10, shared: .5, shift: .5, advantage: 1, confidence: 1, splits: 5, repeats: 10},
		},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.simulate(uint64(i))
			t.Logf("%.4f", got)
			for name, pair := range map[string][2][2]float64{
				"naive t": {got.naive, test.quoted.naive}, "corrected t": {got.resampled, test.quoted.resampled},
				"rows": {got.rows, test.quoted.rows}, "groups": {got.groups, test.quoted.groups},
			} {
				for metric, share := range pair[0] {
					want := pair[1][metric]
					within(t, name, share, want, 4*math.Sqrt(want*(1-want)*(1/float64(*simulations)+1/1500.)))
				}
			}
		})
	}
}

// simulate returns the share of data sets in which each test rejects.
func (s setting) simulate(seed uint64) rejections {
	rng := rand.New(rand.NewPCG(20, seed))
	var r rejections
	share := 1 / float64(*simulations)
	for range *simulations {
		g := s.gains(rng)
		for i := range 2 {
			folds := NewResampled(g.folds[i], s.splits)
			if uncorrected(folds, s.splits) < .05 {
				r.naive[i] += share
			}
			if folds.P() < .05 {
				r.resampled[i] += share
			}
			if NewRowWise(g.rows[i], s.splits).P() < .05 {
				r.rows[i] += share
			}
			if NewGroupedRowWise(g.rows[i], g.groups, s.splits).P() < .05 {
				r.groups[i] += share
			}
		}
	}
	return r
}

// uncorrected is the p-value of the t test that treats the folds as independent.
func uncorrected(s Student, splits int) float64 {
	folds := float64(s.DF + 1)
	s.SE *= math.Sqrt(1 / folds / (1/folds + 1/float64(splits-1)))
	return s.P()
}

// gains are those of the second learner over the first in one data set, of accuracy and of loss.
type gains struct {
	folds  [2][]float64
	rows   [2][]float64 // means over the repeats
	groups []int
}

func (s setting) gains(rng *rand.Rand) gains {
	rows := s.groups * s.rowsPerGroup
	g := gains{groups: make([]int, rows), rows: [2][]float64{make([]float64, rows), make([]float64, rows)}}
	for i := range g.groups {
		g.groups[i] = i / s.rowsPerGroup
	}
	first, second := s.draw(rng, s.shift), s.draw(rng, s.shift*s.advantage)
	for range s.repeats {
		fold := s.deal(rng)
		a, b := first.crossvalidate(fold, s.splits, s.confidence), second.crossvalidate(fold, s.splits, s.confidence)
		for i := range 2 {
			sums, counts := make([]float64, s.splits), make([]float64, s.splits)
			for row := range rows {
				gain := a[i][row] - b[i][row]
				g.rows[i][row] += gain / float64(s.repeats)
				sums[fold[row]] += gain
				counts[fold[row]]++
			}
			for k := range sums {
				g.folds[i] = append(g.folds[i], sums[k]/counts[k])
			}
		}
	}
	return g
}

// deal assigns whole groups to folds at random, as many of either class to each as can be.
func (s setting) deal(rng *rand.Rand) (fold []int) {
	fold = make([]int, s.groups*s.rowsPerGroup)
	dealt := 0
	for label := range 2 {
		for _, i := range rng.Perm(s.groups / 2) {
			group := 2*i + label
			for row := range s.rowsPerGroup {
				fold[group*s.rowsPerGroup+row] = dealt % s.splits
			}
			dealt++
		}
	}
	return fold
}

// A sample is what one learner sees of a data set.
type sample struct {
	x      [][]float64
	labels []int
}

// draw draws the rows; groups of odd number are of class 1.
func (s setting) draw(rng *rand.Rand, shift float64) sample {
	var drawn sample
	for group := range s.groups {
		label := group % 2
		center := make([]float64, s.features)
		for j := range center {
			center[j] = shift*float64(2*label-1) + math.Sqrt(s.shared)*rng.NormFloat64()
		}
		for range s.rowsPerGroup {
			x := slices.Clone(center)
			for j := range x {
				x[j] += math.Sqrt(1-s.shared) * rng.NormFloat64()
			}
			drawn.x, drawn.labels = append(drawn.x, x), append(drawn.labels, label)
		}
	}
	return drawn
}

// crossvalidate returns the error (0 or 1) and the log loss of each row by the discriminant of the rows
// of other folds.
func (s sample) crossvalidate(fold []int, splits int, confidence float64) (losses [2][]float64) {
	losses = [2][]float64{make([]float64, len(fold)), make([]float64, len(fold))}
	all, parts := newSums(len(s.x[0])), make([]*sums, splits)
	for k := range parts {
		parts[k] = newSums(len(s.x[0]))
	}
	for row, k := range fold {
		all.add(s.x[row], s.labels[row])
		parts[k].add(s.x[row], s.labels[row])
	}
	for k := range parts {
		w, bias := discriminant(all, parts[k])
		for row, of := range fold {
			if of != k {
				continue
			}
			margin := bias // log odds of the row's own class
			for j, x := range s.x[row] {
				margin += w[j] * x
			}
			if s.labels[row] == 0 {
				margin = -margin
			}
			losses[0][row] = indicator(margin < 0)
			losses[1][row] = math.Log1p(math.Exp(-confidence * margin))
		}
	}
	return losses
}

// Sums are what Fisher's linear discriminant is computed from.
type sums struct {
	rows  [2]float64
	x     [2][]float64
	cross [][]float64 // lower triangle
}

func newSums(features int) *sums {
	s := &sums{x: [2][]float64{make([]float64, features), make([]float64, features)}}
	for i := range features {
		s.cross = append(s.cross, make([]float64, i+1))
	}
	return s
}

func (s *sums) add(x []float64, label int) {
	s.rows[label]++
	for i, v := range x {
		s.x[label][i] += v
		for j := range s.cross[i] {
			s.cross[i][j] += v * x[j]
		}
	}
}

// discriminant returns the weights and the bias of the log odds of class 1, from all rows except some:
// w = S^-1 (m1 - m0), with S the pooled covariance.
func discriminant(all, some *sums) (w []float64, bias float64) {
	rows := [2]float64{all.rows[0] - some.rows[0], all.rows[1] - some.rows[1]}
	features := len(all.cross)
	mean := func(label, i int) float64 { return (all.x[label][i] - some.x[label][i]) / rows[label] }
	w = make([]float64, features)
	covariance := make([][]float64, features)
	for i := range w {
		w[i] = mean(1, i) - mean(0, i)
		covariance[i] = make([]float64, i+1)
		for j := range covariance[i] {
			within := all.cross[i][j] - some.cross[i][j] - rows[0]*mean(0, i)*mean(0, j) - rows[1]*mean(1, i)*mean(1, j)
			covariance[i][j] = within / (rows[0] + rows[1] - 2)
		}
	}
	solve(covariance, w)
	bias = math.Log(rows[1] / rows[0])
	for i := range w {
		bias -= w[i] * (mean(0, i) + mean(1, i)) / 2
	}
	return w, bias
}

// solve puts the solution of a*x = b in b, by the Cholesky factor of a, which takes a's place.
func solve(a [][]float64, b []float64) {
	for i := range a {
		for j := range a[i] {
			for k := range j {
				a[i][j] -= a[i][k] * a[j][k]
			}
			if i == j {
				a[i][i] = math.Sqrt(a[i][i])
			} else {
				a[i][j] /= a[j][j]
			}
		}
		for k := range i {
			b[i] -= a[i][k] * b[k]
		}
		b[i] /= a[i][i]
	}
	for i := len(a) - 1; i >= 0; i-- {
		b[i] /= a[i][i]
		for k := range i {
			b[k] -= a[i][k] * b[i]
		}
	}
}
