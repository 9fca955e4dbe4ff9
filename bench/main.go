// The command bench measures training and its kernels, and PyTorch and scikit-learn beside them, and
// prints tables of medians and ratios. docs/performance.md has the results.
//
//	go run ./bench                                  each kernel that this CPU has
//	go run ./bench -peers reference/.venv/bin/python    and the peers, in turn
//	go run ./bench -roofline                        the kernels against the FMA peak
//	go run ./bench -scale                           whole programs on tables of growing size; with -peers beside them
//
// Every figure is a median over rounds. In a round each contender has a process of its own, so that
// whatever slows the machine down for a while slows them all. With one thread, times are CPU times.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/memory"
)

func main() {
	peers := flag.String("peers", "", "`python` that has PyTorch and scikit-learn")
	rounds := flag.Int("rounds", 5, "`number` of rounds that the medians are taken over")
	onlyRoofline := flag.Bool("roofline", false, "measure only the products and steps, against the FMA peak")
	onlyScale := flag.Bool("scale", false, "measure only whole programs on tables of growing size")
	child := flag.String("child", "", "what a process of a round measures: workloads, floors or roofline (used by bench itself)")
	flag.Parse()
	if err := exact.CheckKernel(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	var err error
	switch {
	case *child != "":
		err = measure(*child)
	case *onlyRoofline:
		err = printRoofline(*rounds)
	case *onlyScale:
		err = printScale(*rounds, *peers)
	default:
		err = printWorkloads(*rounds, *peers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A report is what one process of a round prints.
type report struct {
	Results map[string]float64 `json:"results"` // seconds, but for roofline's
	About   string             `json:"about"`
}

// measure prints the report of this process.
func measure(what string) error {
	threads := runtime.GOMAXPROCS(0)
	memory.LimitGarbage() // as the programs do
	r := report{Results: map[string]float64{}, About: exact.Kernel()}
	switch what {
	case "roofline":
		r.Results = roofline()
	case "floors":
		for _, w := range workloads() {
			r.Results[w.name] = w.floor(threads)
		}
	case "workloads":
		for _, w := range workloads() {
			r.Results[w.name] = w.measure(threads)
		}
	default:
		return fmt.Errorf("-child must be workloads, floors or roofline, got %.40q", what)
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// A contender is one way to run the workloads.
type contender struct {
	name    string
	threads int
	command []string
	env     []string
}

func (c contender) title() string { return fmt.Sprintf("%s, %d threads", c.name, c.threads) }

// run has the contender run all workloads once.
func (c contender) run() (report, error) {
	var r report
	cmd := exec.Command(c.command[0], c.command[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("%s: %w", c.title(), err)
	}
	return r, json.Unmarshal(out, &r)
}

// floors returns the program that measures the FMA peak of the fastest kernel, which nothing in float64
// exceeds, and reports how long workloads would take at it.
func floors(threads int) contender {
	return contender{
		name: "FMA peak", threads: threads, command: []string{os.Args[0], "-child", "floors"},
		env: []string{"GOMAXPROCS=" + strconv.Itoa(threads)},
	}
}

// goContenders returns this program with each kernel; the generic one only if there is no other.
func goContenders(child string, threads int) []contender {
	kernels := exact.Kernels()
	if len(kernels) > 1 {
		kernels = kernels[:len(kernels)-1]
	}
	var list []contender
	for _, kernel := range kernels {
		list = append(list, contender{
			name: kernel, threads: threads, command: []string{os.Args[0], "-child", child},
			env: []string{"SONAR_KERNEL=" + kernel, "GOMAXPROCS=" + strconv.Itoa(threads)},
		})
	}
	return list
}

// peerContenders returns PyTorch as installed; PyTorch restricted to AVX2, as its products are on CPUs
// that are not Intel's; and, on those, PyTorch made to believe that the CPU is Intel's.
func peerContenders(python string, threads int) ([]contender, error) {
	if python == "" {
		return nil, nil
	}
	command := []string{python, "bench/peers.py", strconv.Itoa(threads)}
	list := []contender{
		{name: "PyTorch as installed", threads: threads, command: command},
		{name: "PyTorch, AVX2", threads: threads, command: command, env: []string{
			"ATEN_CPU_CAPABILITY=avx2", "MKL_ENABLE_INSTRUCTIONS=AVX2", "ONEDNN_MAX_CPU_ISA=AVX2",
		}},
	}
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	if bytes.Contains(cpu, []byte("avx512f")) && !bytes.Contains(cpu, []byte("GenuineIntel")) {
		library, err := claimIntel()
		if err != nil {
			return nil, err
		}
		list = append(list, contender{name: "PyTorch, AVX-512", threads: threads, command: command, env: []string{"LD_PRELOAD=" + library}})
	}
	return list, nil
}

// claimIntel builds a library that makes MKL use AVX-512 on a CPU that has it but is not Intel's.
func claimIntel() (string, error) {
	library := filepath.Join(os.TempDir(), "sonar-bench-mkl.so")
	cmd := exec.Command("cc", "-shared", "-fPIC", "-o", library, "-x", "c", "-")
	cmd.Stdin = strings.NewReader("int mkl_serv_intel_cpu_true(void) { return 1; }\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc, for PyTorch with AVX-512: %w\n%s", err, out)
	}
	return library, nil
}

// compete returns the medians of each contender; they take turns.
func compete(rounds int, list []contender) (map[string]report, error) {
	all := map[string]map[string][]float64{}
	medians := map[string]report{}
	for range rounds {
		for _, c := range list {
			r, err := c.run()
			if err != nil {
				return nil, err
			}
			if all[c.title()] == nil {
				all[c.title()] = map[string][]float64{}
				medians[c.title()] = report{Results: map[string]float64{}, About: r.About}
			}
			for name, result := range r.Results {
				all[c.title()][name] = append(all[c.title()][name], result)
			}
		}
	}
	for title, results := range all {
		for name, values := range results {
			medians[title].Results[name] = median(values)
		}
	}
	return medians, nil
}
