package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// printWorks prints a table of the works for one thread and one for all, and the whole process.
func printWorks(rounds int, python string) error {
	fmt.Println(machine())
	for _, threads := range threadCounts() {
		list := append(goContenders("works", threads), floors(threads))
		peers, err := peerContenders(python, threads)
		if err != nil {
			return err
		}
		medians, err := compete(rounds, append(list, peers...))
		if err != nil {
			return err
		}
		fmt.Printf("\n### %d threads, medians of %d rounds\n\n", threads, rounds)
		printTable(workNames(medians), list, peers, medians)
		for _, p := range peers {
			fmt.Printf("\n%s: %s.", p.name, medians[p.title()].About)
		}
		if len(peers) > 0 {
			fmt.Println()
		}
	}
	if python == "" {
		return nil
	}
	return printProcess(rounds, python)
}

// threadCounts are 1 and all.
func threadCounts() []int {
	if n := runtime.NumCPU(); n > 1 {
		return []int{1, n}
	}
	return []int{1}
}

// workNames are the works in the order of the table.
func workNames(medians map[string]report) []string {
	var names []string
	for _, w := range works() {
		names = append(names, w.name)
	}
	const extra = "default training, scikit-learn"
	for _, r := range medians {
		if r.Seconds[extra] > 0 {
			return append(names, extra)
		}
	}
	return names
}

// printTable prints the time of each work, and how many times as long each peer takes as each of ours.
func printTable(names []string, ours, peers []contender, medians map[string]report) {
	header := []string{"work"}
	for _, c := range append(append([]contender{}, ours...), peers...) {
		header = append(header, c.name)
	}
	for _, p := range peers {
		for _, o := range ours {
			header = append(header, fmt.Sprintf("%s / %s", p.name, o.name))
		}
	}
	printRow(header...)
	printRow(strings.Split(strings.Repeat("---,", len(header)-1)+"---", ",")...)
	for _, name := range names {
		row := []string{name}
		for _, c := range append(append([]contender{}, ours...), peers...) {
			row = append(row, duration(medians[c.title()].Seconds[name]))
		}
		for _, p := range peers {
			for _, o := range ours {
				row = append(row, ratio(medians[p.title()].Seconds[name], medians[o.title()].Seconds[name]))
			}
		}
		printRow(row...)
	}
}

func printRow(cells ...string) { fmt.Println("| " + strings.Join(cells, " | ") + " |") }

func duration(seconds float64) string {
	switch {
	case seconds == 0:
		return ""
	case seconds < 1e-3:
		return fmt.Sprintf("%.0f us", seconds*1e6)
	case seconds < 1:
		return fmt.Sprintf("%.2f ms", seconds*1e3)
	}
	return fmt.Sprintf("%.2f s", seconds)
}

func ratio(theirs, ours float64) string {
	if theirs == 0 || ours == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", theirs/ours)
}

// printProcess compares the program train with a script that does as the earlier project's did.
func printProcess(rounds int, python string) error {
	folder, err := os.MkdirTemp("", "sonar-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "train")
	if err := run("go", "build", "-o", program, "./cmd/train"); err != nil {
		return err
	}
	wall := func(f func()) float64 {
		start := wallSeconds()
		f()
		return wallSeconds() - start
	}
	var ours, theirs []float64
	for range rounds {
		ours = append(ours, wall(func() { err = run(program, "-out", filepath.Join(folder, "out")) }))
		if err != nil {
			return err
		}
		theirs = append(theirs, wall(func() { err = run(python, "bench/train.py", "data", filepath.Join(folder, "model.pt")) }))
		if err != nil {
			return err
		}
	}
	fmt.Printf("\nThe whole program train takes %s, a script in PyTorch that does the same %s: %s times as long.\n",
		duration(median(ours)), duration(median(theirs)), ratio(median(theirs), median(ours)))
	return nil
}

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// printRoofline prints the speed of each product with one thread and its share of the FMA peak, and those of
// the square one with all.
func printRoofline(rounds int) error {
	fmt.Println(machine())
	threads := runtime.NumCPU()
	list, all := goContenders("roofline", 1), goContenders("roofline", threads)
	medians, err := compete(rounds, append(list, all...))
	if err != nil {
		return err
	}
	header, line := []string{"product", "m x n x k"}, []string{"---", "---"}
	for _, c := range list {
		header, line = append(header, c.name+", GFLOP/s", "of peak"), append(line, "---", "---")
	}
	printRow(header...)
	printRow(line...)
	row := func(name, size string, list []contender) {
		cells := []string{name, size}
		for _, c := range list {
			results := medians[c.title()].Seconds
			cells = append(cells, fmt.Sprintf("%.1f", results[name]), fmt.Sprintf("%.0f %%", 100*results[shareOf(name)]))
		}
		printRow(cells...)
	}
	for _, s := range shapes {
		row(s.name, fmt.Sprintf("%d x %d x %d", s.m, s.n, s.k), list)
	}
	if threads > 1 {
		row(squareName(threads), "1024 x 1024 x 1024", all)
	}
	return nil
}

// machine names the CPU, where Linux tells it.
func machine() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	name := runtime.GOARCH
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			name = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%s, %d cores, %s, %s/%s", name, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
