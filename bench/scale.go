package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/sonar/internal/csvfile"
)

// A growth is a series of tables of which one size grows: of the sizes, the one that is called of.
type growth struct {
	of     string
	others string // the sizes that do not grow
	tables []tableSize
	tasks  []string // the names of those to measure
}

type tableSize struct{ rows, columns, classes int }

func (s tableSize) size(of string) int {
	return map[string]int{"rows": s.rows, "columns": s.columns, "classes": s.classes}[of]
}

func (s tableSize) String() string {
	return fmt.Sprintf("%d rows of %d numbers, %d classes", s.rows, s.columns, s.classes)
}

func growths() []growth {
	all := []string{"prepare", "train", "evaluate", "predict", "crossvalidate"}
	return []growth{
		{"rows", "60 numbers, 2 classes", []tableSize{{10_000, 60, 2}, {100_000, 60, 2}, {1_000_000, 60, 2}}, all},
		{"classes", "20,000 rows of 60 numbers", []tableSize{{20_000, 60, 10}, {20_000, 60, 100}, {20_000, 60, 1000}}, []string{"train", "evaluate", "crossvalidate"}},
		{"columns", "1,000 rows, 2 classes", []tableSize{{1_000, 60, 2}, {1_000, 2_000, 2}, {1_000, 20_000, 2}}, all},
	}
}

// A cost is what a process took: seconds and bytes.
type cost struct{ wall, cpu, bytes float64 }

func (c cost) String() string {
	return fmt.Sprintf("%.2f s, %.2f, %.0f MB", c.wall, c.cpu, c.bytes/1e6)
}

// A task is one program of ours, or what a peer does in its place.
type task struct {
	name string
	run  func() (cost, error)
}

// A workshop is a folder with our programs and a table that they and the peers work on.
type workshop struct{ folder, python string }

func (w workshop) in(name string) string { return filepath.Join(w.folder, name) }

// printScale prints what tables of growing size take, and the exponents of the growth.
func printScale(rounds int, python string) error {
	folder, err := os.MkdirTemp("", "sonar-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	w := workshop{folder, python}
	if err := run("go", "build", "-o", w.in("bin")+string(filepath.Separator), "./cmd/..."); err != nil {
		return err
	}
	fmt.Println(machine())
	for _, g := range growths() {
		if err := w.printGrowth(g, rounds); err != nil {
			return err
		}
	}
	return nil
}

func (w workshop) printGrowth(g growth, rounds int) error {
	tasks := w.tasks(g.tasks)
	costs := make([][]cost, len(tasks))
	for _, size := range g.tables {
		fmt.Fprintln(os.Stderr, size)
		if err := w.makeTable(size); err != nil {
			return err
		}
		for i, t := range tasks {
			c, err := medianCost(rounds, t.run)
			if err != nil {
				return fmt.Errorf("%v, %s: %w", size, t.name, err)
			}
			costs[i] = append(costs[i], c)
		}
	}
	fmt.Printf("\n### Growing %s (%s): wall time, CPU seconds, memory\n\n", g.of, g.others)
	header, line := []string{"work"}, []string{"---"}
	for _, size := range g.tables {
		header, line = append(header, fmt.Sprint(size.size(g.of), " ", g.of)), append(line, "---")
	}
	printRow(append(header, "CPU time's exponent", "memory's")...)
	printRow(append(line, "---", "---")...)
	for i, t := range tasks {
		printRow(append(append([]string{t.name}, cells(costs[i])...), exponents(g, costs[i])...)...)
	}
	return nil
}

func cells(costs []cost) []string {
	var list []string
	for _, c := range costs {
		list = append(list, c.String())
	}
	return list
}

// exponents returns those of the CPU time and the memory.
func exponents(g growth, costs []cost) []string {
	var sizes, times, memory []float64
	for i, c := range costs {
		sizes, times, memory = append(sizes, float64(g.tables[i].size(g.of))), append(times, c.cpu), append(memory, c.bytes)
	}
	return []string{fmt.Sprintf("%.2f", exponent(sizes, times)), fmt.Sprintf("%.2f", exponent(sizes, memory))}
}

// exponent returns the p with which y grows as x^p: the slope of log y on log x by least squares.
func exponent(x, y []float64) float64 {
	var meanX, meanY float64
	for i := range x {
		meanX += math.Log(x[i]) / float64(len(x))
		meanY += math.Log(y[i]) / float64(len(x))
	}
	var xy, xx float64
	for i := range x {
		dx := math.Log(x[i]) - meanX
		xy += dx * (math.Log(y[i]) - meanY)
		xx += dx * dx
	}
	return xy / xx
}

func medianCost(rounds int, run func() (cost, error)) (cost, error) {
	var wall, cpu, bytes []float64
	for range rounds {
		c, err := run()
		if err != nil {
			return c, err
		}
		wall, cpu, bytes = append(wall, c.wall), append(cpu, c.cpu), append(bytes, c.bytes)
	}
	return cost{median(wall), median(cpu), median(bytes)}, nil
}

// tasks returns our programs of these names, each followed by the peers that can do the same.
func (w workshop) tasks(names []string) []task {
	peers := map[string][]string{"prepare": {"polars"}, "train": {"scikit-learn", "PyTorch"}}
	var list []task
	for _, name := range names {
		list = append(list, task{name, func() (cost, error) { return w.runOurs(name) }})
		for _, peer := range peers[name] {
			if w.has(peer) {
				list = append(list, task{name + ", " + peer, func() (cost, error) { return w.runPeer(name, peer) }})
			}
		}
	}
	return list
}

// has reports whether the python has what a peer needs.
func (w workshop) has(peer string) bool {
	modules := map[string]string{"polars": "import polars, sklearn", "scikit-learn": "import polars, sklearn", "PyTorch": "import polars, torch"}
	return w.python != "" && exec.Command(w.python, "-c", modules[peer]).Run() == nil
}

func (w workshop) runOurs(name string) (cost, error) {
	args := map[string][]string{
		"prepare":       {"-raw", "raw.csv"},
		"predict":       {"-in", "raw.csv", "-out", "predictions.csv"},
		"crossvalidate": {"-raw", "raw.csv"},
	}
	if name == "prepare" {
		if err := w.remove("data/*"); err != nil {
			return cost{}, err
		}
	}
	cmd := exec.Command(w.in(filepath.Join("bin", name)), args[name]...)
	cmd.Dir = w.folder
	start := wallSeconds()
	if out, err := cmd.CombinedOutput(); err != nil {
		return cost{}, fmt.Errorf("%w\n%s", err, out)
	}
	return cost{wallSeconds() - start, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), peakBytes(cmd.ProcessState)}, nil
}

// remove removes the outputs of an earlier run, as DVC does before it runs a stage: it takes time to replace large files.
func (w workshop) remove(pattern string) error {
	paths, err := filepath.Glob(w.in(pattern))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// runPeer has a peer do the work. Its start and its imports do not count as time.
func (w workshop) runPeer(name, peer string) (cost, error) {
	if err := w.remove("peer_*"); err != nil {
		return cost{}, err
	}
	cmd := exec.Command(w.python, "bench/scale.py", name, peer, w.folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return cost{}, err
	}
	var took struct{ Wall, CPU float64 }
	if err := json.Unmarshal(out, &took); err != nil {
		return cost{}, err
	}
	return cost{took.Wall, took.CPU, peakBytes(cmd.ProcessState)}, nil
}

// makeTable writes raw.csv and params.yaml, and has our programs make what the next of them reads.
func (w workshop) makeTable(size tableSize) error {
	if err := w.writeParams(size.classes); err != nil {
		return err
	}
	raw, err := os.Create(w.in("raw.csv"))
	if err != nil {
		return err
	}
	defer raw.Close()
	to := bufio.NewWriterSize(raw, 1<<20)
	if err := writeTable(to, size); err != nil {
		return err
	}
	if err := to.Flush(); err != nil {
		return err
	}
	if err := os.MkdirAll(w.in("cases"), 0o777); err != nil {
		return err
	}
	for _, name := range []string{"prepare", "train"} {
		if _, err := w.runOurs(name); err != nil {
			return err
		}
	}
	return nil
}

// writeTable writes rows of numbers of four decimals, in [0, 1), by Marsaglia's xorshift generator, and a class.
func writeTable(to io.Writer, size tableSize) error {
	return csvfile.Write(context.Background(), to, size.rows, 1, csvfile.EachRow(func(line []byte, row int) []byte {
		state := uint64(row+1) * 0x9e3779b97f4a7c15
		for range size.columns {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			at := len(line) + 1
			line = append(strconv.AppendUint(append(line, '0'), 10_000+state>>32%10_000, 10), ',')
			line[at] = '.' // for the 1 of 10,000
		}
		return append(append(append(line, 'c'), strconv.Itoa(row%size.classes)...), ',')
	}))
}

// writeParams writes the default recipe with an epoch of batches of 1,024 rows, and one repeat of five folds.
func (w workshop) writeParams(classes int) error {
	text, err := os.ReadFile("params.yaml")
	if err != nil {
		return err
	}
	replaced := string(text)
	var names strings.Builder
	for c := range classes {
		fmt.Fprintf(&names, "  - c%d\n", c)
	}
	for _, change := range [][2]string{
		{"  - R\n  - M\n", names.String()}, {"\n  epochs: 80", "\n  epochs: 1"}, {"\n  batch_size: 0", "\n  batch_size: 1024"},
		{"\n  splits: 10", "\n  splits: 5"}, {"\n  repeats: 10", "\n  repeats: 1"},
	} {
		if !strings.Contains(replaced, change[0]) {
			return fmt.Errorf("params.yaml must be as it is by default, and lacks %q", change[0])
		}
		replaced = strings.Replace(replaced, change[0], change[1], 1)
	}
	return os.WriteFile(w.in("params.yaml"), []byte(replaced), 0o666)
}
