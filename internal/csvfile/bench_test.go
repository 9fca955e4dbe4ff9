package csvfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// measure reports megabytes per second of CPU time, of all cores together, beside those of the clock: the
// former is what a core does, also on a machine that others use too.
func measure(b *testing.B, size int, do func() error) {
	b.SetBytes(int64(size))
	start := cpuTime(b)
	for b.Loop() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size)*float64(b.N)/1e6/(cpuTime(b)-start).Seconds(), "MB/cpu-s")
}

func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// table is a CSV file of 60 numbers and a label a row, 40 MB; format is of the numbers.
func table(format func(dst []byte, v float64) []byte) []byte {
	r := rand.New(rand.NewPCG(1, 1))
	var b []byte
	for len(b) < 40_000_000 {
		for range 60 {
			b = append(format(b, r.Float64()), ',')
		}
		b = append(b, "R\n"...)
	}
	return b
}

func decimals(n int) func([]byte, float64) []byte {
	return func(dst []byte, v float64) []byte { return strconv.AppendFloat(dst, v, 'f', n, 64) }
}

func countRecords(p *Piece) (n int, err error) {
	for p.Next() {
		n++
	}
	return n, nil
}

// numbersOf reads the numbers of a table, all of its columns but the last, in memory that is used again.
func numbersOf(ctx context.Context, f File, workers int) error {
	free := make(chan []float64, 2*workers+3)
	var slots []int
	return Read(ctx, f, workers, Steps[[]float64]{
		First: func(p *Piece) (header bool, err error) {
			for i := range p.Fields {
				slots = append(slots, i)
			}
			slots[len(slots)-1] = -1
			return false, nil
		},
		Parse: func(p *Piece) (values []float64, err error) {
			select {
			case values = <-free:
			default:
			}
			for columns := len(slots) - 1; ; {
				values = slices.Grow(values, columns)[:len(values)+columns]
				if !p.NextNumbers(slots, values[len(values)-columns:]) {
					return values, nil
				}
				if len(p.Fields) > 1 {
					return nil, p.Errorf("column %d must be a finite number, got %.40q", p.Columns[0]+1, p.Fields[0])
				}
			}
		},
		Collect: func(p *Piece, values []float64) error {
			free <- values[:0]
			return nil
		},
	})
}

func eachOfEncodingCSV(f io.Reader, do func(fields []string) error) error {
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return nil
		} else if err == nil {
			err = do(fields)
		}
		if err != nil {
			return err
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name  string
		table []byte
	}{
		{"4decimals", table(decimals(4))},
		{"6decimals", table(decimals(6))},
		{"17digits", table(decimals(-1))},
	} {
		run := func(name string, read func(io.Reader) error) {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				measure(b, len(c.table), func() error { return read(bytes.NewReader(c.table)) })
			})
		}
		for _, workers := range []int{1, 2} {
			run(fmt.Sprintf("records/%dworkers", workers), func(f io.Reader) error {
				return Read(b.Context(), text{f, "x"}, workers, Steps[int]{Parse: countRecords})
			})
			run(fmt.Sprintf("numbers/%dworkers", workers), func(f io.Reader) error {
				return numbersOf(b.Context(), text{f, "x"}, workers)
			})
		}
		run("records/encoding-csv", func(f io.Reader) error {
			return eachOfEncodingCSV(f, func([]string) error { return nil })
		})
		run("numbers/encoding-csv", func(f io.Reader) error {
			return eachOfEncodingCSV(f, func(fields []string) error {
				for _, field := range fields[:len(fields)-1] {
					if _, err := strconv.ParseFloat(field, 64); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	for _, c := range []struct{ name, line string }{
		{"quotes", "\"17\",0.123456,\"setosa\",0.5,\"high\",2\n"},
		{"escapes", "\"17\",0.123456,\"setosa, or \"\"so\"\"\",0.5,\"high\",2\n"},
	} {
		quoted := strings.Repeat(c.line, 800_000)
		b.Run(c.name+"/records", func(b *testing.B) {
			measure(b, len(quoted), func() error {
				return Read(b.Context(), file(quoted), 1, Steps[int]{Parse: countRecords})
			})
		})
		b.Run(c.name+"/encoding-csv", func(b *testing.B) {
			measure(b, len(quoted), func() error {
				return eachOfEncodingCSV(file(quoted), func([]string) error { return nil })
			})
		})
	}
}

func BenchmarkNumber(b *testing.B) {
	for _, c := range []struct {
		name   string
		format func([]byte, float64) []byte
	}{{"4decimals", decimals(4)}, {"6decimals", decimals(6)}, {"17digits", decimals(-1)}} {
		r := rand.New(rand.NewPCG(1, 1))
		var fields [][]byte
		var values []float64
		size := 0
		for range 1 << 14 {
			v, _ := strconv.ParseFloat(string(c.format(nil, r.Float64())), 64)
			values = append(values, v)
			fields = append(fields, c.format(nil, v))
			size += len(fields[len(fields)-1])
		}
		run := func(name string, do func()) {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				measure(b, size, func() error { do(); return nil })
			})
		}
		run("ParseNumber", func() {
			for _, field := range fields {
				ParseNumber(field)
			}
		})
		run("ParseFloat", func() {
			for _, field := range fields {
				strconv.ParseFloat(string(field), 64)
			}
		})
		var text []byte
		run("AppendNumber", func() {
			text = text[:0]
			for _, v := range values {
				text = AppendNumber(text, v)
			}
		})
		run("AppendFloat", func() {
			text = text[:0]
			for _, v := range values {
				text = appendWithStrconv(text, v)
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	const columns, rows = 60, 80_000
	values := make([]float64, columns*rows)
	for i := range values {
		values[i] = float64(r.IntN(1e6)) / 1e6
	}
	appendRow := func(dst []byte, row int) []byte {
		for _, v := range values[row*columns:][:columns] {
			dst = append(AppendNumber(dst, v), ',')
		}
		return dst
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("%dworkers", workers), func(b *testing.B) {
			measure(b, 9*columns*rows, func() error { return Write(b.Context(), io.Discard, rows, workers, EachRow(appendRow)) })
		})
	}
	b.Run("strconv", func(b *testing.B) {
		measure(b, 9*columns*rows, func() error {
			w := bufio.NewWriter(io.Discard)
			var line []byte
			for row := range rows {
				line = line[:0]
				for _, v := range values[row*columns:][:columns] {
					line = append(appendWithStrconv(line, v), ',')
				}
				line[len(line)-1] = '\n'
				w.Write(line)
			}
			return w.Flush()
		})
	})
}
