package mlp

import "math"

// patience stops a training early: it watches a loss, keeps the parameters of the lowest one, and runs out when that
// is some epochs old.
type patience struct {
	epochs int // how old; 0 is never
	best   Best
	out    bool
}

// Best is the epoch, from 0, with the lowest loss on the rows held out for early stopping, and its parameters.
type Best struct {
	Epoch  int
	Loss   float64
	Params []float64
}

func newPatience(epochs int) patience {
	return patience{epochs: epochs, best: Best{Loss: math.Inf(1)}}
}

func (p *patience) on() bool { return p.epochs > 0 }

// watch takes the loss after an epoch, and a copy of the parameters if it is the lowest so far.
func (p *patience) watch(epoch int, loss float64, params []float64) {
	if loss < p.best.Loss {
		p.best.Epoch, p.best.Loss = epoch, loss
		p.best.Params = append(p.best.Params[:0], params...)
	}
	p.out = p.isOver(epoch, p.best.Epoch)
}

// isOver reports whether a best epoch is too old after another one.
func (p *patience) isOver(epoch, best int) bool { return epoch-best >= p.epochs }
