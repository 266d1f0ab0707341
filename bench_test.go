package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"lotse/internal/pgtest"
)

// BenchmarkServe measures the program at rest: the time from its start until it serves, and its
// resident memory ten seconds later, with the sample knowledge and its router loaded. The first
// start, which makes the encryption keys, isn't counted.
func BenchmarkServe(b *testing.B) {
	w := newWorld(b, pgtest.Copy(b, sampleDatabase(b)))
	serving := func() (*process, time.Duration) {
		ctx, cancel := context.WithTimeout(b.Context(), patience)
		defer cancel()
		began := time.Now()
		p := w.serve()
		waitFor(ctx, b, "the process serves", func() bool { return strings.Contains(p.tail(), "msg=serving") })
		return p, time.Since(began)
	}
	first, _ := serving()
	first.stop(b)
	var start time.Duration
	var memory float64
	for b.Loop() {
		p, took := serving()
		start += took
		time.Sleep(10 * time.Second)
		memory = max(memory, residentMiB(b, p.cmd.Process.Pid))
		p.stop(b)
	}
	b.ReportMetric(float64(start.Milliseconds())/float64(b.N), "ms/start")
	b.ReportMetric(memory, "MiB")
	b.ReportMetric(0, "ns/op")
}

// residentMiB reads the resident memory of a process.
func residentMiB(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	b.Fatal("no VmRSS in the status of the process")
	return 0
}
