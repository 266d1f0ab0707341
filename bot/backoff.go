package bot

import "time"

// Backoff returns how long to wait after a failed attempt, the first being 1: 0.5 s, 2 s, 8 s,
// 32 s, 2 min 8 s, and then 5 min each time. With the default of five attempts a message is
// parked, and its sender told, about 43 s after the first one.
func Backoff(attempt int) time.Duration {
	const longest = 5 * time.Minute
	d := 500 * time.Millisecond
	for range max(attempt-1, 0) {
		if d *= 4; d >= longest {
			return longest
		}
	}
	return d
}
