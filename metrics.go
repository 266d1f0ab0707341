package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"lotse/bot"
)

// metrics are what /metrics shows. No label holds a person or a room.
type metrics struct {
	registry *prometheus.Registry
	accepted prometheus.Counter
	handled  *prometheus.HistogramVec
	sent     *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		accepted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "lotse_events_accepted_total", Help: "Events stored in the inbox.",
		}),
		handled: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lotse_handle_seconds", Help: "Attempts at handling an event, by kind and outcome.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 10),
		}, []string{"kind", "outcome"}),
		sent: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lotse_send_seconds", Help: "Attempts at sending an event, by kind and outcome.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2.5, 10),
		}, []string{"kind", "outcome"}),
	}
	m.registry.MustRegister(m.accepted, m.handled, m.sent,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// hooks returns what the runtime calls.
func (m *metrics) hooks() bot.Hooks {
	return bot.Hooks{
		Accepted: func(events int) { m.accepted.Add(float64(events)) },
		Handled: func(kind bot.Kind, outcome bot.Outcome, took time.Duration) {
			m.handled.WithLabelValues(string(kind), string(outcome)).Observe(took.Seconds())
		},
		Sent: func(kind bot.OutKind, outcome bot.Outcome, took time.Duration) {
			m.sent.WithLabelValues(string(kind), string(outcome)).Observe(took.Seconds())
		},
	}
}
