package main

import (
	"context"

	"example.com/sonar/internal/crossval"
	"example.com/sonar/internal/shard"
)

// divided does what the flags say: it runs a share of the tasks, or writes the outputs of all shards' records, or prints
// the shards that are missing.
func (j job) divided(ctx context.Context, flags *shard.Flags, out string) error {
	run, err := j.identity(ctx)
	if err != nil {
		return err
	}
	switch {
	case flags.Missing:
		return flags.PrintMissing(j.Command, run)
	case flags.Merge:
		return j.merge(ctx, flags, run, out)
	}
	folder, err := flags.Open(ctx, run)
	if err != nil {
		return err
	}
	return j.trainShard(ctx, folder.Begin(flags.Part.Index), flags.Part)
}

// identity returns what the records belong to.
func (j job) identity(ctx context.Context) (run shard.Run, err error) {
	run = shard.Run{Program: j.Name, Tasks: len(j.tasks)}
	if run.Numbers, err = crossval.Fingerprint(ctx); err != nil {
		return run, err
	}
	if run.Params, err = shard.Sum(j.params); err != nil {
		return run, err
	}
	run.Data, err = shard.FileSum(j.raw)
	return run, err
}

// trainShard runs the tasks of a part that do not have a record yet.
func (j job) trainShard(ctx context.Context, records *shard.Writer, part shard.Part) error {
	var tasks []crossval.Task
	for i, task := range j.tasks {
		if part.Has(i) && !records.Has(task.Key()) {
			tasks = append(tasks, task)
		}
	}
	err := j.train(ctx, tasks, func(record crossval.Record) error { return records.Put(record.Key(), record) })
	if err != nil {
		return records.Abandon(err)
	}
	return records.Finish()
}

// merge makes the outputs from the records of all shards.
func (j job) merge(ctx context.Context, flags *shard.Flags, run shard.Run, out string) error {
	return j.publish(ctx, out, func(add func(crossval.Record) error) error {
		folder, err := flags.Open(ctx, run)
		if err != nil {
			return err
		}
		records, err := folder.Records()
		if err != nil {
			return err
		}
		for _, task := range j.tasks {
			var record crossval.Record
			if _, err := records.Get(task.Key(), &record); err != nil {
				return err
			}
			if err := task.Check(record, len(j.params.Data.Classes), len(j.table.Columns), crossval.Options{Importance: true}); err != nil {
				return err
			}
			if err := add(record); err != nil {
				return err
			}
		}
		return nil
	})
}
