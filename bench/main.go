// The command bench measures the training and its kernels, and beside them PyTorch and scikit-learn,
// and prints tables of medians and ratios. docs/performance.md has what came of it.
//
//	go run ./bench                                  each kernel that this CPU has
//	go run ./bench -peers reference/.venv/bin/python    and the peers, in turns
//	go run ./bench -roofline                        the kernels against the FMA peak
//
// Every figure is the median over rounds. In a round each contender has a process of its own, so that
// what slows the machine down for a while slows them all. With one thread, times are CPU times.
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
)

func main() {
	peers := flag.String("peers", "", "`python` that has PyTorch and scikit-learn")
	rounds := flag.Int("rounds", 5, "rounds that the medians are taken over")
	onlyRoofline := flag.Bool("roofline", false, "measure the products alone")
	child := flag.String("child", "", "what a process of a round measures: works, floors or roofline (for bench itself)")
	flag.Parse()
	var err error
	switch {
	case *child != "":
		err = measure(*child)
	case *onlyRoofline:
		err = printRoofline(*rounds)
	default:
		err = printWorks(*rounds, *peers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A report is what one process of a round prints.
type report struct {
	Seconds map[string]float64 `json:"seconds"`
	About   string             `json:"about"`
}

// measure prints the report of this process.
func measure(what string) error {
	threads := runtime.GOMAXPROCS(0)
	r := report{Seconds: map[string]float64{}, About: exact.Kernel()}
	switch what {
	case "roofline":
		r.Seconds = roofline(threads)
	case "floors":
		for _, w := range works() {
			r.Seconds[w.name] = w.floor(threads)
		}
	default:
		for _, w := range works() {
			r.Seconds[w.name] = w.measure(threads)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// A contender is a way to do the works.
type contender struct {
	name    string
	threads int
	command []string
	env     []string
}

func (c contender) title() string { return fmt.Sprintf("%s, %d threads", c.name, c.threads) }

// run has the contender do all works once.
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

// floors is the program that measures the FMA peak of the fastest kernel, which no float64 goes beyond, and
// tells how long works would take at it.
func floors(threads int) contender {
	return contender{
		name: "FMA peak", threads: threads, command: []string{os.Args[0], "-child", "floors"},
		env: []string{"GOMAXPROCS=" + strconv.Itoa(threads)},
	}
}

// goContenders are this program with each kernel but the generic one, if there is another.
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

// peerContenders are PyTorch as it is installed, PyTorch held to AVX2, as its products are on CPUs that
// are not Intel's, and, on those, PyTorch that is told otherwise.
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

// claimIntel builds the library that makes MKL use AVX-512 on a CPU that has it and is not Intel's.
func claimIntel() (string, error) {
	library := filepath.Join(os.TempDir(), "sonar-bench-mkl.so")
	cmd := exec.Command("cc", "-shared", "-fPIC", "-o", library, "-x", "c", "-")
	cmd.Stdin = strings.NewReader("int mkl_serv_intel_cpu_true(void) { return 1; }\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc, for PyTorch with AVX-512: %w\n%s", err, out)
	}
	return library, nil
}

// compete returns the median of each work by each contender, who take turns.
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
				medians[c.title()] = report{Seconds: map[string]float64{}, About: r.About}
			}
			for work, seconds := range r.Seconds {
				all[c.title()][work] = append(all[c.title()][work], seconds)
			}
		}
	}
	for title, works := range all {
		for work, seconds := range works {
			medians[title].Seconds[work] = median(seconds)
		}
	}
	return medians, nil
}
