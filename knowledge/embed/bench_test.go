//go:build !race && unix

package embed_test

import (
	"bytes"
	"runtime"
	"runtime/metrics"
	"sync"
	"syscall"
	"testing"
	"time"

	"lotse/knowledge/embed"
)

// BenchmarkTrain trains on the sample knowledge base; it reports the greatest heap, too.
func BenchmarkTrain(b *testing.B) {
	s, mask := readSample(b), masker(b)
	for b.Loop() {
		peak, busy := watchHeap(), cpuSeconds(b)
		if _, err := embed.Train(b.Context(), s.examples, s.labels, embed.Options{Prepare: mask}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(peak())/(1<<20), "peak-MiB")
		b.ReportMetric(cpuSeconds(b)-busy, "cpu-s")
	}
}

// cpuSeconds is what this process has computed so far; other than time it doesn't depend on who else does.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// watchHeap samples the heap until the returned function is called, which returns the greatest size.
func watchHeap() func() uint64 {
	runtime.GC()
	stop := make(chan struct{})
	var peak uint64
	var wg sync.WaitGroup
	wg.Go(func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			metrics.Read(sample)
			peak = max(peak, sample[0].Value.Uint64())
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	})
	return func() uint64 {
		close(stop)
		wg.Wait()
		return peak
	}
}

// BenchmarkRoute routes the development questions, one at a time.
func BenchmarkRoute(b *testing.B) {
	m, questions := trained(b), readQuestions(b)
	for i := 0; b.Loop(); i++ {
		m.Route(questions[i%len(questions)].Ask)
	}
}

// BenchmarkEmbed makes vectors of the development questions.
func BenchmarkEmbed(b *testing.B) {
	m, questions := trained(b), readQuestions(b)
	for i := 0; b.Loop(); i++ {
		m.Embed(questions[i%len(questions)].Ask)
	}
}

// BenchmarkLoad reads the stored model.
func BenchmarkLoad(b *testing.B) {
	data := written(b, trained(b))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := embed.Read(bytes.NewReader(data), nil); err != nil {
			b.Fatal(err)
		}
	}
}
