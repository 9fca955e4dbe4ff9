package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// printWorkloads prints a table of the workloads for one thread and one for all of them, and with a
// python, first, a comparison of whole processes: what it lacks shows before minutes have passed.
func printWorkloads(rounds int, python string) error {
	fmt.Println(machine())
	if python != "" {
		if err := printProcess(rounds, python); err != nil {
			return err
		}
	}
	for _, threads := range threadCounts() {
		list := append(goContenders("workloads", threads), floors(threads))
		peers, err := peerContenders(python, threads)
		if err != nil {
			return err
		}
		medians, err := compete(rounds, append(list, peers...))
		if err != nil {
			return err
		}
		fmt.Printf("\n### %d threads, medians of %d rounds\n\n", threads, rounds)
		printTable(workloadNames(medians), list, peers, medians)
		for _, p := range peers {
			fmt.Printf("\n%s: %s.", p.name, medians[p.title()].About)
		}
		if len(peers) > 0 {
			fmt.Println()
		}
	}
	return nil
}

// threadCounts returns 1 and the number of cores.
func threadCounts() []int {
	if n := runtime.NumCPU(); n > 1 {
		return []int{1, n}
	}
	return []int{1}
}

// workloadNames returns the workloads in the order of the table.
func workloadNames(medians map[string]report) []string {
	var names []string
	for _, w := range workloads() {
		names = append(names, w.name)
	}
	const extra = "default training, scikit-learn"
	for _, r := range medians {
		if r.Results[extra] > 0 {
			return append(names, extra)
		}
	}
	return names
}

// printTable prints the time of each workload, and the ratio of each peer's to each of ours.
func printTable(names []string, ours, peers []contender, medians map[string]report) {
	header := []string{"workload"}
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
			row = append(row, duration(medians[c.title()].Results[name]))
		}
		for _, p := range peers {
			for _, o := range ours {
				row = append(row, ratio(medians[p.title()].Results[name], medians[o.title()].Results[name]))
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

// printProcess compares the program train with a script that does what the earlier project's did, on a
// split that it makes for both.
func printProcess(rounds int, python string) error {
	folder, err := os.MkdirTemp("", "sonar-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	in := func(name string) string { return filepath.Join(folder, name) }
	if err := run("go", "build", "-o", folder, "./cmd/prepare", "./cmd/train"); err != nil {
		return err
	}
	if err := run(in("prepare"), "-out", in("data"), "-log", ""); err != nil {
		return err
	}
	wall := func(f func()) float64 {
		start := wallSeconds()
		f()
		return wallSeconds() - start
	}
	var ours, theirs []float64
	for range rounds {
		ours = append(ours, wall(func() { err = run(in("train"), "-data", in("data"), "-out", in("out"), "-log", in("train.log")) }))
		if err != nil {
			return err
		}
		theirs = append(theirs, wall(func() { err = run(python, "bench/train.py", in("data"), in("model.pt")) }))
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

// printRoofline prints the speed of each product and step on one thread and its share of the FMA peak.
func printRoofline(rounds int) error {
	fmt.Println(machine())
	list := goContenders("roofline", 1)
	medians, err := compete(rounds, list)
	if err != nil {
		return err
	}
	header, line := []string{"product", "m x n x k"}, []string{"---", "---"}
	for _, c := range list {
		header, line = append(header, c.name+", GFLOP/s", "of peak"), append(line, "---", "---")
	}
	printRow(header...)
	printRow(line...)
	printSpeed := func(name, size string) {
		cells := []string{name, size}
		for _, c := range list {
			results := medians[c.title()].Results
			cells = append(cells, fmt.Sprintf("%.1f", results[name]), fmt.Sprintf("%.0f %%", 100*results[shareOf(name)]))
		}
		printRow(cells...)
	}
	for _, p := range products() {
		printSpeed(p.name, fmt.Sprintf("%d x %d x %d", p.m, p.n, p.k))
	}
	for _, hidden := range nets {
		printSpeed(stepName(hidden), fmt.Sprint(stepRows, " rows"))
	}
	return nil
}

// machine describes the computer; the CPU has a name on Linux only.
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
