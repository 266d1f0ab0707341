package matrix

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/rs/zerolog"
)

// mautrixLogger returns a logger for mautrix that writes to l. Only warnings and errors pass, and
// of their fields only those named here: mautrix logs the bodies of requests that failed, and
// those are what people wrote.
func mautrixLogger(l *slog.Logger) zerolog.Logger {
	return zerolog.New(slogWriter{l}).Level(zerolog.WarnLevel)
}

type slogWriter struct{ log *slog.Logger }

// Write takes one event of zerolog, a JSON object.
func (w slogWriter) Write(p []byte) (int, error) { return w.WriteLevel(zerolog.WarnLevel, p) }

// WriteLevel is Write with the level of the event.
func (w slogWriter) WriteLevel(level zerolog.Level, p []byte) (int, error) {
	var fields map[string]any
	if err := json.Unmarshal(p, &fields); err != nil {
		return len(p), nil //nolint:nilerr // a log line that can't be read is no reason to fail
	}
	if fields["message"] == "Request canceled" {
		return len(p), nil // by ourselves, when a poll of /sync is ended
	}
	attrs := make([]slog.Attr, 0, 6)
	for _, name := range [...]string{
		"message", "error", "component", "action", "room_id", "event_id", "session_id", "sender",
		"user_id", "device_id", "method", "status_code",
	} {
		if v, ok := fields[name]; ok {
			if name == "message" {
				name = "detail"
			}
			attrs = append(attrs, slog.Any(name, v))
		}
	}
	to := slog.LevelWarn
	if level >= zerolog.ErrorLevel {
		to = slog.LevelError
	}
	w.log.LogAttrs(context.Background(), to, "matrix library", attrs...) //nolint:forbidigo // zerolog's writers have no context
	return len(p), nil
}
