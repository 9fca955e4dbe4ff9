package mlp

import (
	"math"
	"slices"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/random"
)

// Checkpoints keep the states of trainings. Each method is called for one member at a time, but may be called for
// several members at the same time.
type Checkpoints interface {
	// Load returns the state that Save kept last for a member, nil if there is none that fits.
	Load(member int, fits func(*State) bool) (*State, error)
	Save(member int, s *State) error
}

// A State is all that the rest of one network's training follows from, after an epoch.
type State struct {
	Params    []float64
	Optimizer OptimizerState
	Random    []byte // of the main generator
	History   []Epoch
	Best      Best
	Stopped   bool // early
}

// resume continues from the state that was kept last, if there is one.
func (t *trainer) resume(checkpoints Checkpoints) error {
	if checkpoints == nil {
		return nil
	}
	s, err := checkpoints.Load(t.member, t.fits)
	if s == nil || err != nil {
		return err
	}
	copy(t.net.Params, s.Params)
	t.stepper.optimizer.OptimizerState = s.Optimizer
	t.history, t.patience.best, t.patience.out = s.History, s.Best, s.Stopped
	return t.random.UnmarshalBinary(s.Random)
}

// fits reports whether a state, which may come from anybody, can be one of this training's, so that it can go on from there.
func (t *trainer) fits(s *State) bool {
	for _, list := range [][]float64{s.Params, s.Optimizer.M, s.Optimizer.V} {
		if len(list) != len(t.net.Params) {
			return false
		}
	}
	epochs := len(s.History)
	return 0 < epochs && epochs <= t.recipe.Epochs && s.Optimizer.Steps == epochs*t.stepsPerEpoch() &&
		!slices.ContainsFunc(s.History, Epoch.diverged) &&
		t.patience.fits(s, len(t.net.Params)) &&
		new(random.Torch).UnmarshalBinary(s.Random) == nil
}

// fits reports whether the best epoch of a state can be that of its history, and whether it has stopped when it must.
func (p *patience) fits(s *State, count int) bool {
	none := s.Best.Epoch == 0 && len(s.Best.Params) == 0 && math.IsInf(s.Best.Loss, 1)
	if !p.on() {
		return none && !s.Stopped
	}
	last := len(s.History) - 1
	some := 0 <= s.Best.Epoch && s.Best.Epoch <= last && len(s.Best.Params) == count && s.Best.Loss < math.Inf(1)
	return (none || some) && s.Stopped == p.isOver(last, s.Best.Epoch)
}

// diverged reports whether one of the epoch's numbers is not finite: no training goes on from there.
func (e Epoch) diverged() bool { return e.Train.diverged() || e.Val.diverged() }

func (s Scores) diverged() bool {
	return !exact.IsFinite(s.Loss) || !exact.IsFinite(s.Accuracy) || !exact.IsFinite(s.F1Macro)
}

// checkpoint keeps the state every so many epochs, and at the end.
func (t *trainer) checkpoint(checkpoints Checkpoints) error {
	every := t.recipe.CheckpointEvery
	if checkpoints == nil || every == 0 || len(t.history)%every != 0 && !t.done() {
		return nil
	}
	generator, err := t.random.MarshalBinary()
	if err != nil {
		return err
	}
	return checkpoints.Save(t.member, &State{
		Params:    t.net.Params,
		Optimizer: t.stepper.optimizer.OptimizerState,
		Random:    generator,
		History:   t.history,
		Best:      t.patience.best,
		Stopped:   t.patience.out,
	})
}
