package mlp

// Checkpoints keep the states of trainings. Each method is called for one member at a time, but may be called for
// several members at the same time.
type Checkpoints interface {
	// Load returns the state that Save kept last, nil if there is none.
	Load(member int) (*State, error)
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
	s, err := checkpoints.Load(t.member)
	if s == nil || err != nil {
		return err
	}
	copy(t.net.Params, s.Params)
	t.stepper.optimizer.OptimizerState = s.Optimizer
	t.history, t.patience.best, t.patience.out = s.History, s.Best, s.Stopped
	return t.random.UnmarshalBinary(s.Random)
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
