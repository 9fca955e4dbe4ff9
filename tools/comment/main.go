// Comment keeps one comment of a pull request up to date for each project: it replaces the report of an earlier
// run, or adds the first.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/compare"
	"example.com/sonar/internal/regularfile"
)

const usage = `
usage: comment [flags] FILE

Put the Markdown report in FILE on a pull request. It replaces the one that an earlier run put there for the
same project (the folder in the repository that has the dvc.yaml) with a token of the same owner.

It calls the GitHub API with what a workflow's environment has: GITHUB_TOKEN, which must be allowed to
write to pull requests, GITHUB_REPOSITORY and GITHUB_API_URL. The token of a workflow, or a person's, says
itself whose it is; name the owner of any other with -author.`

func main() { cli.Main("comment", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	number := c.Flags.Int("pr", 0, "`number` of the pull request")
	author := c.Flags.String("author", "", "`name` of whoever the token belongs to; \"\" asks GitHub")
	if err := c.Parse(1); err != nil {
		return err
	}
	if len(c.Args) == 0 {
		return c.Usage("FILE is missing: the report")
	}
	if *number < 1 {
		return c.Usage("-pr must be the number of a pull request, got %d", *number)
	}
	report, err := regularfile.Read(c.Args[0], maxReport)
	if err != nil {
		return err
	}
	if !strings.Contains(string(report), compare.Marker) {
		return fmt.Errorf("%s: must be a report in Markdown, with its marker, %s", c.Args[0], compare.Marker)
	}
	hub, err := newGitHub()
	if err != nil {
		return err
	}
	marker := markerOf(projectPath(ctx))
	text := strings.Replace(string(report), compare.Marker, marker, 1)
	return hub.put(ctx, *number, *author, marker, clip(text, compare.MaxComment))
}

// maxReport is the size of the largest report that is read, in bytes.
const maxReport = 64 << 20

// projectPath is the path of the project's folder in its repository, "" for the top. The project's folder is the
// current one or the closest above it with a dvc.yaml.
func projectPath(ctx context.Context) string {
	folder, err := filepath.Abs(".")
	if err != nil {
		return ""
	}
	for at := folder; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "dvc.yaml")); err == nil {
			folder = at
			break
		}
	}
	git := exec.CommandContext(ctx, "git", "rev-parse", "--show-prefix")
	git.Dir = folder
	out, err := git.Output()
	if err != nil { // no repository here, so no other project in it
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(out), "\n"), "/")
}

// markerOf is the text by which a project's comment is found again. That of a project at the top of its
// repository is compare.Marker.
func markerOf(project string) string {
	if project == "" {
		return compare.Marker
	}
	escaped := (&url.URL{Path: project}).EscapedPath() // what ends a comment is none of it
	return strings.Replace(compare.Marker, " -->", " in "+escaped+" -->", 1)
}

// clip shortens a report to what fits in a comment. The comparison comes first, so it stays.
func clip(report string, most int) string {
	const end = "\n\n(Cut off here; the job's summary has the whole.)\n"
	runes := []rune(report)
	if len(runes) <= most {
		return report
	}
	return string(runes[:most-len(end)]) + end
}

type gitHub struct{ api, repository, token string }

var repositoryName = regexp.MustCompile(`^[\w.-]+/[\w.-]+$`)

func newGitHub() (*gitHub, error) {
	hub := &gitHub{
		api:        cmp.Or(os.Getenv("GITHUB_API_URL"), "https://api.github.com"),
		repository: os.Getenv("GITHUB_REPOSITORY"),
		token:      os.Getenv("GITHUB_TOKEN"),
	}
	if !repositoryName.MatchString(hub.repository) {
		return nil, fmt.Errorf("GITHUB_REPOSITORY must be OWNER/NAME, got %.80q", hub.repository)
	}
	if hub.token == "" {
		return nil, errors.New("GITHUB_TOKEN is missing")
	}
	return hub, nil
}

// put replaces the author's comment with the marker on a pull request, or adds one.
func (g *gitHub) put(ctx context.Context, number int, author, marker, report string) error {
	if author == "" {
		var err error
		if author, err = g.owner(ctx); err != nil {
			return err
		}
	}
	id, err := g.find(ctx, number, author, marker)
	if err != nil {
		return err
	}
	content := map[string]string{"body": report}
	if id != 0 {
		return g.call(ctx, http.MethodPatch, g.inRepository("issues/comments/%d", id), content, nil)
	}
	return g.call(ctx, http.MethodPost, g.inRepository("issues/%d/comments", number), content, nil)
}

// workflow is who comments with the token of a workflow.
const workflow = "github-actions[bot]"

// owner is whoever the token belongs to. A workflow's belongs to no user, which GitHub says by refusing the question.
func (g *gitHub) owner(ctx context.Context) (string, error) {
	var user struct{ Login string }
	err := g.call(ctx, http.MethodGet, "/user", nil, &user)
	var refused *statusError
	if errors.As(err, &refused) && (refused.code == http.StatusForbidden || refused.code == http.StatusNotFound) {
		return workflow, nil
	}
	if err != nil {
		return "", err
	}
	return cmp.Or(user.Login, workflow), nil
}

// find returns the number of the author's comment that has the marker; 0 if there is none. Another's comment
// may quote the marker, and is left alone.
func (g *gitHub) find(ctx context.Context, number int, author, marker string) (id int64, err error) {
	const perPage = 100
	for page := 1; page <= maxPages; page++ {
		var comments []struct {
			ID   int64
			Body string
			User struct{ Login string }
		}
		path := g.inRepository("issues/%d/comments?per_page=%d&page=%d", number, perPage, page)
		if err := g.call(ctx, http.MethodGet, path, nil, &comments); err != nil {
			return 0, err
		}
		for _, c := range comments {
			if c.User.Login == author && strings.Contains(c.Body, marker) {
				return c.ID, nil
			}
		}
		if len(comments) < perPage {
			return 0, nil
		}
	}
	return 0, fmt.Errorf("%s: more than %d comments on pull request %d", g.repository, maxPages*perPage, number)
}

// maxPages is how many pages of comments are asked for: a server that has always more does not keep the program.
const maxPages = 30

// maxAnswer is the size of the largest answer that is read, in bytes: a hundred comments.
const maxAnswer = 64 << 20

func (g *gitHub) inRepository(format string, args ...any) string {
	return "/repos/" + g.repository + "/" + fmt.Sprintf(format, args...)
}

// A statusError is an answer of the API that is no success.
type statusError struct {
	code int
	line string
}

func (e *statusError) Error() string { return e.line }

// call sends content, if any, and reads the answer into what answer points to, if anything.
func (g *gitHub) call(ctx context.Context, method, path string, content, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var body io.Reader
	if content != nil {
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, g.api+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/vnd.github+json")
	request.Header.Set("Authorization", "Bearer "+g.token)
	request.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return &statusError{response.StatusCode, fmt.Sprintf("%s %s: %s: %.200q", method, request.URL.Path, response.Status, text)}
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
