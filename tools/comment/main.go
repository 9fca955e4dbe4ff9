// Comment keeps one comment of a pull request up to date: it replaces the report of an earlier run, or
// adds the first.
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
	"os"
	"regexp"
	"strings"
	"time"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/compare"
)

const usage = `
usage: comment [flags] FILE

Put the Markdown report in FILE on a pull request, in the place of the one that an earlier run put there.

It calls the GitHub API with what a workflow's environment has: GITHUB_TOKEN, which must be allowed to
write to pull requests, GITHUB_REPOSITORY and GITHUB_API_URL.`

func main() { cli.Main("comment", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	number := c.Flags.Int("pr", 0, "`number` of the pull request")
	author := c.Flags.String("author", "github-actions[bot]", "`name` of whoever the token belongs to")
	if err := c.Parse(1); err != nil {
		return err
	}
	if len(c.Args) == 0 {
		return c.Usage("FILE is missing: the report")
	}
	if *number < 1 {
		return c.Usage("-pr must be the number of a pull request, got %d", *number)
	}
	report, err := os.ReadFile(c.Args[0])
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
	return hub.put(ctx, *number, *author, clip(string(report), compare.MaxComment))
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

// put replaces the author's report on a pull request, or adds one.
func (g *gitHub) put(ctx context.Context, number int, author, report string) error {
	id, err := g.find(ctx, number, author)
	if err != nil {
		return err
	}
	content := map[string]string{"body": report}
	if id != 0 {
		return g.call(ctx, http.MethodPatch, fmt.Sprintf("issues/comments/%d", id), content, nil)
	}
	return g.call(ctx, http.MethodPost, fmt.Sprintf("issues/%d/comments", number), content, nil)
}

// find gives the number of the author's comment that has the marker; 0 where there is none. Another's
// comment may quote the marker, and is left alone.
func (g *gitHub) find(ctx context.Context, number int, author string) (id int64, err error) {
	const perPage = 100
	for page := 1; ; page++ {
		var comments []struct {
			ID   int64
			Body string
			User struct{ Login string }
		}
		path := fmt.Sprintf("issues/%d/comments?per_page=%d&page=%d", number, perPage, page)
		if err := g.call(ctx, http.MethodGet, path, nil, &comments); err != nil {
			return 0, err
		}
		for _, c := range comments {
			if c.User.Login == author && strings.Contains(c.Body, compare.Marker) {
				return c.ID, nil
			}
		}
		if len(comments) < perPage {
			return 0, nil
		}
	}
}

// maxAnswer is the size of the largest answer that is read, in bytes: a hundred comments.
const maxAnswer = 64 << 20

// call sends content, if any, and reads the answer to what answer points to, if anything.
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
	request, err := http.NewRequestWithContext(ctx, method, g.api+"/repos/"+g.repository+"/"+path, body)
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
		return fmt.Errorf("%s %s: %s: %.200q", method, request.URL.Path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
