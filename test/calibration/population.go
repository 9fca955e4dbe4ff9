package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
)

// The blocks of inputs that every row has. Each has as many columns as the raw file; a learner sees one.
const (
	first  = iota
	second // as good as first: exchanging the two changes no probability
	better // second, with classes farther apart
	blocks
)

// shared is the part of the variance within a class that first and second have in common, so that two
// learners are often wrong about the same rows, as two recipes on one data set are.
const shared = 0.5

// advantage is by how much farther apart the means of the classes are in better, as a share of their
// distance in the data that the population is fitted to.
const advantage = 0.3

// A population is what data sets are drawn from: in each of two classes a block is normal, with the
// mean and the covariance that the class has in a real data set.
type population struct {
	columns int
	means   [2][]float64
	factors [2][][]float64 // lower triangles: Cholesky factors of the covariances
}

// fit fits the population to a table of two classes, which needs more rows of either than columns.
func fit(t *dataset.Table) (*population, error) {
	p := &population{columns: len(t.Columns)}
	var rows [2][][]float64
	for i, label := range t.Labels {
		if label > 1 {
			return nil, fmt.Errorf("must have two classes")
		}
		rows[label] = append(rows[label], t.Numbers(i))
	}
	for label := range rows {
		p.means[label], p.factors[label] = moments(rows[label], p.columns)
		if n := p.columns - 1; !(p.factors[label][n][n] > 0) { // NaN too
			return nil, fmt.Errorf("class %d must have more rows than columns, and none that is a sum of others", label)
		}
	}
	return p, nil
}

// moments returns the mean of rows and the Cholesky factor of their covariance.
func moments(rows [][]float64, columns int) (mean []float64, factor [][]float64) {
	mean = make([]float64, columns)
	for _, x := range rows {
		for j, v := range x {
			mean[j] += v / float64(len(rows))
		}
	}
	for i := range columns {
		factor = append(factor, make([]float64, i+1))
		for _, x := range rows {
			for j := range factor[i] {
				factor[i][j] += (x[i] - mean[i]) * (x[j] - mean[j]) / float64(len(rows)-1)
			}
		}
	}
	for i := range factor {
		for j := range factor[i] {
			for k := range j {
				factor[i][j] -= factor[i][k] * factor[j][k]
			}
			if i == j {
				factor[i][i] = math.Sqrt(factor[i][i])
			} else {
				factor[i][j] /= factor[j][j]
			}
		}
	}
	return mean, factor
}

// draw draws a table of each block, with so many rows of either class. If perGroup is above 1, that many
// rows at a time are a group, and share half of what varies within their class.
func (p *population) draw(rng *rand.Rand, rows [2]int, perGroup int) (tables [blocks]*dataset.Table) {
	for b := range tables {
		tables[b] = dataset.NewTable(datasettest.NumberColumns(p.columns))
	}
	for label, n := range rows {
		var group deviations
		for i := range n {
			if perGroup > 1 && i%perGroup == 0 {
				group = p.deviate(rng, label)
			}
			d := p.deviate(rng, label)
			if perGroup > 1 {
				d.mix(group)
			}
			for b, x := range p.row(d, label) {
				tables[b].Append(x, nil, label)
				if perGroup > 1 {
					tables[b].Groups = append(tables[b].Groups, fmt.Sprintf("%d of class %d", i/perGroup, label))
				}
			}
		}
	}
	return tables
}

// row returns the blocks of a row that deviates from the mean of its class.
func (p *population) row(d deviations, label int) (x [blocks][]float64) {
	for b := range x {
		x[b] = make([]float64, p.columns)
	}
	for b, own := range map[int][]float64{first: d.first, second: d.second} {
		for j := range own {
			x[b][j] = p.means[label][j] + math.Sqrt(shared)*d.common[j] + math.Sqrt(1-shared)*own[j]
		}
	}
	for j := range x[better] {
		x[better][j] = x[second][j] + advantage/2*(p.means[label][j]-p.means[1-label][j])
	}
	return x
}

// Deviations are drawn from the distribution of a class around its mean, independently of each other.
type deviations struct{ common, first, second []float64 }

func (p *population) deviate(rng *rand.Rand, label int) (d deviations) {
	for _, part := range []*[]float64{&d.common, &d.first, &d.second} {
		x, z := make([]float64, p.columns), make([]float64, p.columns)
		for i, factor := range p.factors[label] {
			z[i] = rng.NormFloat64()
			for j, f := range factor {
				x[i] += f * z[j]
			}
		}
		*part = x
	}
	return d
}

// mix makes half of the variance of d that of a group.
func (d deviations) mix(group deviations) {
	for part, of := range map[*[]float64][]float64{&d.common: group.common, &d.first: group.first, &d.second: group.second} {
		for i := range of {
			(*part)[i] = math.Sqrt(0.5)*(*part)[i] + math.Sqrt(0.5)*of[i]
		}
	}
}
