package tune

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/sonar/internal/crossval"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/parallel"
	"example.com/sonar/internal/params"
)

// Records keep what is finished, by key. Get reads a record into v, a pointer, if there is one.
type Records interface {
	Get(key string, v any) (found bool, err error)
	Put(key string, v any) error
}

// NoRecords keeps nothing.
type NoRecords struct{}

// Get finds nothing.
func (NoRecords) Get(string, any) (found bool, err error) { return false, nil }

// Put drops the record.
func (NoRecords) Put(string, any) error { return nil }

// A Study is a search on a table.
type Study struct {
	*Settings
	Candidates []Candidate
	Table      *dataset.Table
	Memory     int64 // bytes that all threads may take together, 0 for any number: a training that needs more than its share is an error

	base     *params.Params
	contests []*Contest
}

// A Contest chooses the best candidate on some rows.
type Contest struct {
	Name   string           // the number of the outer fold, or All
	Trials []Trial          // every candidate of every rung
	Winner int              // a candidate
	Nested *crossval.Record // of the winner, trained on all rows of the contest and tested on the outer fold; nil for All

	outer  *crossval.Task // nil for All
	number int            // from which the seeds of its trainings follow
	inner  []crossval.Task
	racing []int          // candidates
	folds  map[int][]Fold // of each of them
	rung   int            // that they are in
	before int            // folds of the rungs before
}

// All is the name of the contest of all rows.
const All = "all"

// A Trial is a candidate in a rung.
type Trial struct {
	Rung, Candidate int
	Folds           int             // on which it was scored
	Scores          foldfile.Scores // pooled: see Pool
	Kept            bool            // for the next rung; in the last, it is the winner
}

// NewStudy deals the rows of a table to the folds of all contests: one for each outer fold, and one of all rows.
//
// The candidates are changes of base, of which sections were read; an error may be about them, or about rows that are too few.
func NewStudy(ctx context.Context, s *Settings, base *params.Params, table *dataset.Table, sections ...string) (*Study, error) {
	candidates, err := s.Candidates(base, sections...)
	if err != nil {
		return nil, err
	}
	study := &Study{Settings: s, Candidates: candidates, Table: table, base: base}
	if s.Outer.Repeats > 0 {
		tasks, err := study.deal(ctx, nil, s.Outer, 0)
		if err != nil {
			return nil, fmt.Errorf("outer folds: %w", err)
		}
		for i := range tasks {
			train, _ := tasks[i].Rows()
			if err := study.add(ctx, &Contest{Name: fmt.Sprint(i), number: i, outer: &tasks[i]}, train); err != nil {
				return nil, err
			}
		}
	}
	return study, study.add(ctx, &Contest{Name: All}, table.All().Rows)
}

// add adds a contest on some rows.
func (s *Study) add(ctx context.Context, c *Contest, rows []int) (err error) {
	inner := params.Crossvalidate{Splits: s.Search.Splits, Repeats: 1, RandomState: s.Search.RandomState + uint32(c.number)}
	if c.inner, err = s.deal(ctx, rows, inner, c.number*s.Search.Splits); err != nil {
		return fmt.Errorf("inner folds of %s: %w", c, err)
	}
	s.contests = append(s.contests, c)
	return nil
}

func (c *Contest) String() string {
	if c.outer == nil {
		return "all rows"
	}
	return "outer fold " + c.Name
}

// deal deals rows to folds by the scheme of the search, or by groups if there are some.
func (s *Study) deal(ctx context.Context, rows []int, c params.Crossvalidate, first int) ([]crossval.Task, error) {
	scheme := s.Search.Scheme
	if s.Table.Groups != nil {
		scheme = foldfile.Grouped
	}
	return crossval.SchemeTasks(ctx, scheme, s.Table, rows, s.base.Data.Classes, c, first)
}

// Contests returns how many contests there are; they can be held apart from each other.
func (s *Study) Contests() int { return len(s.contests) }

// Trainings returns how many trainings some contests take, of which ensembles count as one.
func (s *Study) Trainings(held func(contest int) bool) int {
	race, before := 0, 0
	for _, rung := range s.rungs() {
		race += rung.Candidates * (rung.Folds - before)
		before = rung.Folds
	}
	all := 0
	for i, c := range s.contests {
		if held(i) {
			all += race
			if c.outer != nil {
				all++
			}
		}
	}
	return all
}

func (s *Study) rungs() []Rung { return Rungs(len(s.Candidates), s.Search.Splits, s.Search.Halving) }

// Progress is told of a run: the sum of trainings done, and each rung, before it begins. Either may be nil.
type Progress struct {
	Done func(trainings int)
	Rung func(Rung)
}

// Hold holds some of the contests, on so many threads, and returns them in their order. What records have is not
// trained again, and what is trained is put there. The contests do not depend on either.
func (s *Study) Hold(ctx context.Context, held func(contest int) bool, workers int, records Records, progress Progress) ([]*Contest, error) {
	r := run{Study: s, workers: workers, records: records, progress: progress}
	for i, c := range s.contests {
		if held(i) {
			c.reset(len(s.Candidates))
			r.contests = append(r.contests, c)
		}
	}
	before := 0
	for i, rung := range s.rungs() {
		if progress.Rung != nil {
			progress.Rung(rung)
		}
		if err := r.race(ctx, i, before, rung.Folds); err != nil {
			return nil, err
		}
		next := 1
		if rungs := s.rungs(); i+1 < len(rungs) {
			next = rungs[i+1].Candidates
		}
		for _, c := range r.contests {
			if err := c.settle(s.Search.Metric, next); err != nil {
				return nil, err
			}
		}
		before = rung.Folds
	}
	return r.contests, r.test(ctx)
}

func (c *Contest) reset(candidates int) {
	c.Trials, c.Nested, c.racing, c.folds = nil, nil, make([]int, candidates), map[int][]Fold{}
	c.rung, c.before = 0, 0
	for i := range c.racing {
		c.racing[i] = i
	}
}

// settle ends a rung, from which next candidates go on. It is an error if all have diverged.
func (c *Contest) settle(metric, next int) error {
	trials, kept := c.compare(metric, next)
	if !slices.ContainsFunc(kept, func(candidate int) bool { return !diverged(c.folds[candidate]) }) { // those that have are the worst
		return fmt.Errorf("%v, rung %d: %w with any candidate: try a lower train.learning_rate", c, c.rung, mlp.ErrDiverged)
	}
	c.Trials = append(c.Trials, trials...)
	c.rung, c.before = c.rung+1, trials[0].Folds
	c.racing, c.Winner = kept, kept[0]
	return nil
}

// compare returns the trials of the rung and the best of the candidates in it, by what has been scored.
func (c *Contest) compare(metric, most int) (trials []Trial, kept []int) {
	scores := map[int]foldfile.Scores{}
	var scored []int
	for _, candidate := range c.racing {
		if len(c.folds[candidate]) > c.before {
			scores[candidate] = Pool(c.folds[candidate])
			scored = append(scored, candidate)
		}
	}
	kept = best(scored, func(candidate int) foldfile.Scores { return scores[candidate] }, metric, min(most, len(scored)))
	for _, candidate := range scored {
		trials = append(trials, Trial{Rung: c.rung, Candidate: candidate, Folds: len(c.folds[candidate]),
			Scores: scores[candidate], Kept: slices.Contains(kept, candidate)})
	}
	return trials, kept
}

// SoFar returns the results of the trials that are done while the study is held. Progress may call it. There is no nested
// score, the best candidate is that of the furthest rung, and nobody knows yet who is kept of a rung that has not ended.
func (s *Study) SoFar() *Results {
	contests := make([]*Contest, len(s.contests))
	for i, c := range s.contests {
		done := *c
		done.Nested = nil
		trials, kept := c.compare(s.Search.Metric, 1)
		for t := range trials {
			trials[t].Kept = false
		}
		if done.Trials = slices.Concat(c.Trials, trials); len(kept) > 0 {
			done.Winner = kept[0]
		}
		contests[i] = &done
	}
	return s.NewResults(contests)
}

// A run holds contests.
type run struct {
	*Study
	contests []*Contest
	workers  int
	records  Records
	progress Progress
	done     int // trainings
}

func (r *run) advance(trainings int) {
	r.done += trainings
	if r.progress.Done != nil {
		r.progress.Done(r.done)
	}
}

// A trial names a candidate in a contest.
type trial struct {
	contest   *Contest
	candidate int
}

// race scores the candidates in the race of each contest on the folds from..to-1.
func (r *run) race(ctx context.Context, rung, from, to int) error {
	key := func(t trial) string { return fmt.Sprintf("%s/%d/%d", t.contest.Name, rung, t.candidate) }
	var trials []trial
	for _, c := range slices.Backward(r.contests) { // that of all rows first, which is shown while the study is held
		for _, candidate := range c.racing {
			t := trial{c, candidate}
			var folds []Fold
			found, err := r.records.Get(key(t), &folds)
			switch {
			case err != nil:
				return err
			case !found:
				trials = append(trials, t)
				continue
			case len(folds) != to-from:
				return fmt.Errorf("record %s: must have %d folds, got %d", key(t), to-from, len(folds))
			}
			c.folds[candidate] = append(c.folds[candidate], folds...)
			r.advance(len(folds))
		}
	}
	n := to - from // trainings of a trial, one after the other in the order of the work
	var folds []Fold
	i := 0
	return inOrder(ctx, r, len(trials)*n, func(ctx context.Context, i int, options crossval.Options) (Fold, error) {
		t := trials[i/n]
		fold, err := r.score(ctx, t.contest.inner[from+i%n], r.Candidates[t.candidate].Params, options)
		if err != nil {
			err = fmt.Errorf("candidate %d, %v: %w", t.candidate, t.contest, err)
		}
		return fold, err
	}, func(f Fold) error {
		r.advance(1)
		t := trials[i/n]
		i++
		if folds = append(folds, f); len(folds) < n {
			return nil
		}
		t.contest.folds[t.candidate] = append(t.contest.folds[t.candidate], folds...)
		err := r.records.Put(key(t), folds)
		folds = nil
		return err
	})
}

// score trains a candidate on an inner fold. One that diverges is the worst, but no error.
func (r *run) score(ctx context.Context, task crossval.Task, p *params.Params, options crossval.Options) (Fold, error) {
	record, err := task.Do(ctx, r.Table, p, options)
	if errors.Is(err, mlp.ErrDiverged) {
		_, test := task.Rows()
		return Fold{Rows: len(test), Diverged: true}, nil
	}
	return Fold{Rows: len(record.Rows), Scores: record.Scores}, err
}

// test tests the winners on the outer folds.
func (r *run) test(ctx context.Context) error {
	key := func(c *Contest) string { return c.Name + "/nested" }
	var contests []*Contest
	for _, c := range r.contests {
		if c.outer == nil {
			continue
		}
		c.Nested = new(crossval.Record)
		found, err := r.records.Get(key(c), c.Nested)
		switch {
		case err != nil:
			return err
		case !found:
			contests = append(contests, c)
			continue
		}
		if err := c.outer.Check(*c.Nested, len(r.Candidates[c.Winner].Params.Data.Classes), len(r.Table.Columns), crossval.Options{}); err != nil {
			return err
		}
		r.advance(1)
	}
	i := 0
	return inOrder(ctx, r, len(contests), func(ctx context.Context, i int, options crossval.Options) (crossval.Record, error) {
		p, err := r.refit(contests[i].Winner)
		if err != nil {
			return crossval.Record{}, err
		}
		record, err := contests[i].outer.Do(ctx, r.Table, p, options)
		if err != nil {
			err = fmt.Errorf("candidate %d, the best of %v, trained on all rows: %w", contests[i].Winner, contests[i], err)
		}
		return record, err
	}, func(record crossval.Record) error {
		*contests[i].Nested = record
		err := r.records.Put(key(contests[i]), record)
		r.advance(1)
		i++
		return err
	})
}

// refit returns the settings of a candidate that has won.
func (s *Study) refit(candidate int) (*params.Params, error) {
	return s.Candidates[candidate].Params.With(s.name, s.Refit)
}

// inOrder is parallel.InOrder with a collect that may fail, and with the threads and the memory that each piece of work may use.
func inOrder[T any](ctx context.Context, r *run, n int, work func(ctx context.Context, i int, options crossval.Options) (T, error), collect func(T) error) error {
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	each := int64(0)
	if r.Memory > 0 {
		each = max(1, r.Memory/int64(max(1, min(r.workers, n))))
	}
	return parallel.InOrder(within, r.workers, n, func(ctx context.Context, i int) (T, error) {
		return work(ctx, i, crossval.Options{Workers: parallel.Threads(r.workers, n, i), Memory: each})
	}, func(v T) {
		if within.Err() != nil {
			return
		}
		if err := collect(v); err != nil {
			cancel(err)
		}
	})
}
