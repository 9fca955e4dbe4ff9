package compare

import (
	"context"
	"errors"
	"fmt"

	"example.com/sonar/internal/revision"
)

// Revisions compares the one or two revisions called names of the project in folder. Without a second name the head
// is the workspace, the files in folder; after a merge that is unfinished, or in a bare repository, it is an error. An error says why the two
// cannot be compared; it is revision.ErrUnreadable if one of them cannot be read. It panics unless Check and CheckMetric
// accept the options.
func Revisions(ctx context.Context, folder string, names []string, o Options) (*Result, error) {
	base, head, err := sides(ctx, folder, names, "run `make merged`", Load)
	if err != nil {
		return nil, err
	}
	return Compare(base, head, o)
}

// ScoresOfRevisions is Revisions for any project: it reads the table of scores at o.Path alone.
func ScoresOfRevisions(ctx context.Context, folder string, names []string, o ScoresOptions) (*Result, error) {
	load := func(v Revision, files revision.Files) (*ScoresSide, error) { return LoadScores(v, files, o.Path) }
	base, head, err := sides(ctx, folder, names, "finish it first", load)
	if err != nil {
		return nil, err
	}
	return CompareScores(base, head, o)
}

// sides loads both sides. The error about an unfinished merge ends with the remedy.
func sides[Side any](ctx context.Context, folder string, names []string, remedy string, load func(Revision, revision.Files) (Side, error)) (base, head Side, err error) {
	repository, err := revision.Open(ctx, folder)
	if err != nil {
		return base, head, err
	}
	defer repository.Close()
	loadCommit := func(name string) (Side, error) {
		commit, err := repository.Resolve(ctx, name)
		if err != nil {
			var none Side
			return none, err
		}
		return load(Revision{Name: name, Commit: commit}, repository.Files(commit))
	}
	if base, err = loadCommit(names[0]); err != nil {
		return base, head, err
	}
	if len(names) == 2 {
		head, err = loadCommit(names[1])
		return base, head, err
	}
	if repository.Bare {
		return base, head, errors.New("a second revision must be named, as a bare repository has no work tree to compare")
	}
	if err := checkMerged(ctx, repository, remedy); err != nil {
		return base, head, err
	}
	commit, _ := repository.Resolve(ctx, "HEAD") // none before the first
	head, err = load(Workspace(commit), revision.Workspace(folder))
	return base, head, err
}

// checkMerged refuses a workspace in which a merge has left files in conflict.
func checkMerged(ctx context.Context, repository *revision.Repository, remedy string) error {
	unmerged, err := repository.Unmerged(ctx)
	if err == nil && len(unmerged) > 0 {
		err = fmt.Errorf("a merge is unfinished, with %d files in conflict, such as %.80q: %s", len(unmerged), unmerged[0], remedy)
	}
	return err
}
