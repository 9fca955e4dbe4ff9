package revision

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// DVC keeps an experiment at refs/exps/xx/yyyy/NAME, where xxyyyy is the commit that it was run on.
var experimentRef = regexp.MustCompile(`^refs/exps/([0-9a-f]{2})/([0-9a-f]{38}|[0-9a-f]{62})/[^/]+$`)

// experiment returns the ref of the DVC experiment called name, or "" if there is none. Several commits may
// have experiments with the same name; the one of the commit checked out is meant, as with DVC.
func (r *Repository) experiment(ctx context.Context, name string) (string, error) {
	if strings.ContainsAny(name, `/*?[\`) { // except for the slash, no ref's name has any of these
		return "", nil
	}
	list, err := command(ctx, r.dir, "for-each-ref", "--format=%(refname)", "refs/exps/*/*/"+name).Output()
	if err != nil {
		return "", fmt.Errorf("git for-each-ref: %w", err)
	}
	head, _ := r.commit("HEAD") // "" if nothing is committed yet
	var found []string
	for ref := range strings.Lines(string(list)) {
		ref = strings.TrimSuffix(ref, "\n")
		m := experimentRef.FindStringSubmatch(ref)
		if m == nil {
			continue
		}
		if m[1]+m[2] == head {
			return ref, nil
		}
		found = append(found, ref)
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%d DVC experiments are called %.80q; give the ref of one: %s", len(found), name, strings.Join(found[:2], " or "))
}
