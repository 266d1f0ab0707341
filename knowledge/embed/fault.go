package embed

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Class says what went wrong with a server, and so what can be done.
type Class string

// The classes of faults.
const (
	Denied    Class = "denied"    // 401, 403: the key is wrong
	NotFound  Class = "not found" // 404, or a redirect: the base URL or the model is wrong
	Rejected  Class = "rejected"  // 400, 413, 422, 500: perhaps just one text of the batch is at fault
	Limited   Class = "limited"   // 429: later
	Quota     Class = "quota"     // 429, but no waiting helps
	Busy      Class = "busy"      // 408, 502 to 504: later
	Slow      Class = "slow"      // it took too long; the server is probably still at it
	Offline   Class = "offline"   // no connection, or it broke
	Malformed Class = "malformed" // 200, but no vectors that can be used
	Changed   Class = "changed"   // vectors of another length than before, or than asked for
	Resting   Class = "resting"   // not asked, since it failed several times in a row just now
	Stopped   Class = "stopped"   // the caller's context ended
)

// ServerError is what [OpenAI] returns. It holds nothing that the server wrote: servers repeat the question
// in their error messages.
type ServerError struct {
	Class      Class
	Status     int           // HTTP status; 0 without an answer
	RetryAfter time.Duration // as told by the server; 0: nothing told
	What       string        // a constant that says more
	Cause      error         // one of a few known errors, never the original; may be nil
}

// Error tells class, status and cause.
func (f *ServerError) Error() string {
	s := "embedding server: " + string(f.Class)
	if f.Status != 0 {
		s += fmt.Sprintf(", status %d", f.Status)
	}
	if f.What != "" {
		s += ", " + f.What
	}
	if f.Cause != nil {
		s += ": " + f.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (f *ServerError) Unwrap() error { return f.Cause }

var errCertificate = errors.New("certificate not accepted")

// faultOf classifies any error of a request. ctx is the caller's, not that of the attempt: so its end
// is told from a server that is slow.
func faultOf(ctx context.Context, err error) *ServerError {
	if f, ok := errors.AsType[*ServerError](err); ok {
		return f
	}
	if cause := ctx.Err(); cause != nil {
		return &ServerError{Class: Stopped, Cause: cause}
	}
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return &ServerError{Class: Resting}
	}
	if netErr, ok := errors.AsType[net.Error](err); errors.Is(err, os.ErrDeadlineExceeded) || ok && netErr.Timeout() {
		return &ServerError{Class: Slow, Cause: context.DeadlineExceeded}
	}
	if cause := connectionCause(err); cause != nil {
		return &ServerError{Class: Offline, Cause: cause}
	}
	// What is left comes from decoding JSON, or from net/http reading a head that is none; both
	// repeat what the server sent.
	return &ServerError{Class: Malformed, What: "no valid answer"}
}

// connectionCause returns a cause that is safe to show if err is about the connection, else nil.
func connectionCause(err error) error {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return errCertificate
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("host %q not found", dns.Name)
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return net.ErrClosed
	}
	return nil
}

// divisible reports whether a smaller batch may succeed.
func (f *ServerError) divisible() bool { return f.Class == Rejected || f.Class == Malformed }

// passing reports whether the same request may succeed later.
func (f *ServerError) passing() bool {
	switch f.Class {
	case Limited, Busy, Slow, Offline, Resting:
		return true
	default:
		return false
	}
}

// strain reports whether the fault says that the server should be left alone for a while.
func (f *ServerError) strain() bool { return f.Class == Busy || f.Class == Slow || f.Class == Offline }
