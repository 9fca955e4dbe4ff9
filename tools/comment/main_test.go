package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/compare"
)

type comment struct {
	ID   int64             `json:"id"`
	Body string            `json:"body"`
	User map[string]string `json:"user"`
}

const bot = "github-actions[bot]"

// fakeGitHub serves the comments of pull request 7 of owner/project, as the real API does.
type fakeGitHub struct {
	sync.Mutex
	owner    string // of the token; "" is a workflow's, which belongs to no user
	comments []comment
	calls    []string
}

func (f *fakeGitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	defer f.Unlock()
	f.calls = append(f.calls, r.Method+" "+r.URL.Path)
	if r.Header.Get("Authorization") != "Bearer secret" {
		http.Error(w, `{"message": "Bad credentials"}`, http.StatusUnauthorized)
		return
	}
	var sent comment
	json.NewDecoder(r.Body).Decode(&sent)
	const all, one = "/repos/owner/project/issues/7/comments", "/repos/owner/project/issues/comments/"
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/user":
		if f.owner == "" {
			http.Error(w, `{"message": "Resource not accessible by integration"}`, http.StatusForbidden)
			return
		}
		json.NewEncoder(w).Encode(map[string]string{"login": f.owner})
	case r.Method == http.MethodGet && r.URL.Path == all:
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
		from := min((page-1)*size, len(f.comments))
		json.NewEncoder(w).Encode(f.comments[from:min(from+size, len(f.comments))])
	case r.Method == http.MethodPost && r.URL.Path == all:
		f.comments = append(f.comments, comment{int64(1000 + len(f.comments)), sent.Body, map[string]string{"login": cmp.Or(f.owner, bot)}})
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPatch && strings.HasPrefix(r.URL.Path, one):
		i := slices.IndexFunc(f.comments, func(c comment) bool { return one+fmt.Sprint(c.ID) == r.URL.Path })
		f.comments[i].Body = sent.Body
	default:
		http.NotFound(w, r)
	}
}

// serve starts a fake GitHub and sets the environment that a workflow has.
func serve(t *testing.T, comments ...comment) *fakeGitHub {
	t.Helper()
	hub := &fakeGitHub{comments: comments}
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	t.Setenv("GITHUB_API_URL", server.URL)
	t.Setenv("GITHUB_REPOSITORY", "owner/project")
	t.Setenv("GITHUB_TOKEN", "secret")
	return hub
}

func post(t *testing.T, report string) (status int, stderr string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.md")
	if err := os.WriteFile(path, []byte(report), 0o666); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	status = cli.Execute(t.Context(), "comment", usage, run, []string{"-pr", "7", path}, &log, &log)
	return status, log.String()
}

func succeed(t *testing.T, report string) {
	t.Helper()
	if status, stderr := post(t, report); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
}

func TestASecondReportReplacesTheFirst(t *testing.T) {
	hub := serve(t, comment{1, "looks good", map[string]string{"login": "somebody"}})
	succeed(t, "first\n"+compare.Marker+"\n")
	succeed(t, "second\n"+compare.Marker+"\n")
	if len(hub.comments) != 2 || hub.comments[1].Body != "second\n"+compare.Marker+"\n" {
		t.Errorf("comments %+v", hub.comments)
	}
}

// A person's token writes as that person.
func TestASecondReportReplacesTheFirstWhoeverTheTokenBelongsTo(t *testing.T) {
	hub := serve(t, comment{1, "a workflow's " + compare.Marker, map[string]string{"login": bot}})
	hub.owner = "somebody"
	succeed(t, "first "+compare.Marker)
	succeed(t, "second "+compare.Marker)
	if len(hub.comments) != 2 || hub.comments[0].Body != "a workflow's "+compare.Marker || hub.comments[1].Body != "second "+compare.Marker {
		t.Errorf("comments %+v", hub.comments)
	}
}

// Two projects in one repository have a comment each.
func TestEachProjectHasItsComment(t *testing.T) {
	repository := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", repository).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	hub := serve(t)
	projects := []string{".", "one", "two", "one/with --> in it"}
	for _, folder := range projects {
		deep := filepath.Join(repository, folder, "docs")
		if err := os.MkdirAll(deep, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(repository, folder, "dvc.yaml"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, when := range []string{"first ", "second "} {
		for _, folder := range projects {
			t.Chdir(filepath.Join(repository, folder, "docs"))
			succeed(t, when+folder+compare.Marker)
		}
	}
	if len(hub.comments) != len(projects) {
		t.Fatalf("comments %+v", hub.comments)
	}
	for i, folder := range projects {
		if body := hub.comments[i].Body; !strings.HasPrefix(body, "second "+folder+"<!-- sonar: compare") || strings.Count(body[len("second "+folder):], "-->") != 1 {
			t.Errorf("the comment of %s is %q", folder, body)
		}
	}
}

func TestTheReportIsFoundAmongManyComments(t *testing.T) {
	var comments []comment
	for i := range 250 {
		comments = append(comments, comment{int64(i + 1), "a remark", map[string]string{"login": "somebody"}})
	}
	comments[207].Body, comments[207].User = "first "+compare.Marker, map[string]string{"login": bot}
	hub := serve(t, comments...)
	succeed(t, "second "+compare.Marker)
	if len(hub.comments) != 250 || hub.comments[207].Body != "second "+compare.Marker {
		t.Errorf("%d comments, the report is %q", len(hub.comments), hub.comments[207].Body)
	}
}

func TestOtherPeoplesCommentsAreLeftAlone(t *testing.T) {
	quoting := "why does it say this?\n> " + compare.Marker
	hub := serve(t, comment{1, quoting, map[string]string{"login": "somebody"}}, comment{2, "another workflow's", map[string]string{"login": bot}})
	succeed(t, "first "+compare.Marker)
	if len(hub.comments) != 3 || hub.comments[0].Body != quoting || hub.comments[1].Body != "another workflow's" {
		t.Errorf("comments %+v", hub.comments)
	}
}

func TestALongReportIsCutToFit(t *testing.T) {
	hub := serve(t)
	succeed(t, "verdict\n"+compare.Marker+"\n"+strings.Repeat("é", 2*compare.MaxComment))
	body := hub.comments[0].Body
	if n := len([]rune(body)); n > compare.MaxComment {
		t.Errorf("%d characters, at most %d fit", n, compare.MaxComment)
	}
	if !strings.HasPrefix(body, "verdict\n"+compare.Marker) || !strings.HasSuffix(body, "the job's summary has the whole.)\n") {
		t.Errorf("it begins %.50q and ends %q", body, body[len(body)-50:])
	}
}

func TestFailuresSayWhatFailed(t *testing.T) {
	report := "verdict " + compare.Marker
	tests := []struct {
		name   string
		spoil  func(t *testing.T)
		report string
		want   string
	}{
		{"no marker", func(*testing.T) {}, "verdict", "must be a report in Markdown"},
		{"no token", func(t *testing.T) { t.Setenv("GITHUB_TOKEN", "") }, report, "GITHUB_TOKEN is missing"},
		{"wrong token", func(t *testing.T) { t.Setenv("GITHUB_TOKEN", "x") }, report, "401 Unauthorized"},
		{"no repository", func(t *testing.T) { t.Setenv("GITHUB_REPOSITORY", "project") }, report, "GITHUB_REPOSITORY must be OWNER/NAME"},
		{"another repository", func(t *testing.T) { t.Setenv("GITHUB_REPOSITORY", "owner/other") }, report, "404 Not Found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			hub := serve(t)
			test.spoil(t)
			status, stderr := post(t, test.report)
			if status != 1 || !strings.Contains(stderr, test.want) || len(hub.comments) != 0 {
				t.Errorf("status %d, %q, want 1 and %q; comments %v", status, stderr, test.want, hub.comments)
			}
		})
	}
}

// A comment is a beginning of the report, never longer than what fits; a marker is one line that ends its comment once.
func FuzzCommentsFit(f *testing.F) {
	f.Add("verdict\né\xff", "a/b")
	f.Add(strings.Repeat("é", 200), "a --> b\n<!--")
	f.Fuzz(func(t *testing.T, report, project string) {
		const most = 100
		if got := clip(report, most); len([]rune(got)) > most || got != report && !strings.HasSuffix(got, "has the whole.)\n") {
			t.Errorf("%q is cut to %q", report, got)
		}
		if marker := markerOf(project); strings.Count(marker, "-->") != 1 || strings.ContainsAny(marker, "\r\n") {
			t.Errorf("project %q has the marker %q", project, marker)
		}
	})
}

// Whatever a server answers, a comment is found or not, or there is an error; and the questions end.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`[{"id": 1, "body": "marker", "user": {"login": "me"}}]`), 200)
	f.Add([]byte(`[`+strings.Repeat(`{"id": 2},`, 99)+`{}]`), 200)
	f.Add([]byte(`{}`), 404)
	f.Add([]byte("\x00\x1b"), 500)
	var answer []byte
	var status, asked int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.WriteHeader(status)
		w.Write(answer)
	}))
	f.Cleanup(server.Close)
	hub := &gitHub{api: server.URL, repository: "owner/project", token: "secret"}
	f.Fuzz(func(t *testing.T, text []byte, code int) {
		answer, status, asked = text, 200+max(0, code)%400, 0
		hub.owner(t.Context())
		asked = 0
		id, err := hub.find(t.Context(), 7, "me", "marker")
		if asked > maxPages || err != nil && id != 0 {
			t.Errorf("id %d, error %v, asked %d times", id, err, asked)
		}
	})
}
