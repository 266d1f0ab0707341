package house

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// launcher starts processes on one thread that lives as long as the launcher: Linux sends the
// death signal of a child when the thread that started it ends, not when the process does.
type launcher struct {
	calls chan func()
	end   sync.Once
}

func newLauncher() *launcher {
	l := &launcher{calls: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		for call := range l.calls {
			call()
		}
	}()
	return l
}

func (l *launcher) close() { l.end.Do(func() { close(l.calls) }) }

// process is a server, or a command that needs one.
type process struct {
	name string
	log  string // file with its output; empty when it has ours
	stop syscall.Signal
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // valid then
}

// start starts cmd so that it gets the signal stop when we die. A server's output goes to the file log.
func (l *launcher) start(name string, cmd *exec.Cmd, log string, stop syscall.Signal) (*process, error) {
	p := &process{name: name, log: log, stop: stop, cmd: cmd, done: make(chan struct{})}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = stop
	if log != "" {
		file, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open log of %s: %w", name, err)
		}
		defer file.Close() //nolint:errcheck // the child has its own handle
		cmd.Stdout, cmd.Stderr = file, file
		cmd.SysProcAttr.Setpgid = true // Ctrl-C is for us: we stop the servers after the command
	}
	started := make(chan error)
	l.calls <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// end asks the process to stop and kills it when it hasn't after the patience.
func (p *process) end(patience time.Duration) {
	_ = p.cmd.Process.Signal(p.stop)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// ended reports whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// tail returns the end of the log, for the error of a server that did not start.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text[max(0, len(text)-1500):]))
}

// failure says that it ended by itself, with the end of its log.
func (p *process) failure() error {
	how := "exit status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	return fmt.Errorf("%s ended by itself: %s\n%s", p.name, how, p.tail())
}

// await polls ready until it is true, the process has ended or ctx has.
func (p *process) await(ctx context.Context, ready func(context.Context) bool) error {
	err := poll(ctx, func(ctx context.Context) bool { return p.ended() || ready(ctx) })
	if err == nil && !p.ended() {
		return nil
	}
	if err == nil {
		err = p.err
	}
	return fmt.Errorf("start %s: %w\n%s", p.name, err, p.tail())
}

// nobody returns how to become the user nobody, since PostgreSQL refuses to run as root, or nil
// for an ordinary user.
func nobody() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	who := &syscall.Credential{Uid: 65534, Gid: 65534}
	if found, err := user.Lookup("nobody"); err == nil {
		uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
		if errUID == nil && errGID == nil {
			who.Uid, who.Gid = uint32(uid), uint32(gid)
		}
	}
	return who
}

// adoptOrphans makes this process the parent of all its descendants whose own parents end, so that
// family finds them.
func adoptOrphans() {
	const prSetChildSubreaper = 36
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0)
}

// family are the processes below this one. Its own are the servers and the command; the others
// are theirs, or orphans that this process adopted.
type family struct{ own []*process }

// keepReaping collects ended orphans until ctx ends.
func (f family) keepReaping(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.reap()
		}
	}
}

// reap collects orphans that have ended. Package os waits for our own.
func (f family) reap() {
	for _, p := range readProcesses() {
		if p.parent == os.Getpid() && p.zombie && !f.isOwn(p.pid) {
			_, _ = syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil)
		}
	}
}

func (f family) isOwn(pid int) bool {
	return slices.ContainsFunc(f.own, func(p *process) bool { return p.cmd.Process.Pid == pid })
}

// end stops everything but our own and what is below it; what remains after a signal is killed.
func (f family) end(ctx context.Context) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pid := range f.strangers() {
			_ = syscall.Kill(pid, sig)
		}
		wait, cancel := context.WithTimeout(ctx, 3*time.Second)
		err := poll(wait, func(context.Context) bool {
			f.reap()
			return len(f.strangers()) == 0
		})
		cancel()
		if err == nil {
			return
		}
	}
}

// strangers are the descendants except our own and what is below it, zombies included.
func (f family) strangers() []int {
	children := map[int][]int{}
	for _, p := range readProcesses() {
		children[p.parent] = append(children[p.parent], p.pid)
	}
	var all []int
	for queue := []int{os.Getpid()}; len(queue) > 0; queue = queue[1:] {
		for _, pid := range children[queue[0]] {
			if !f.isOwn(pid) {
				all = append(all, pid)
				queue = append(queue, pid)
			}
		}
	}
	return all
}

// processInfo is a line of /proc.
type processInfo struct {
	pid, parent int
	zombie      bool
}

func readProcesses() []processInfo {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	var all []processInfo
	for _, path := range stats {
		if stat, err := os.ReadFile(path); err == nil {
			if p, ok := parseStat(string(stat)); ok {
				all = append(all, p)
			}
		}
	}
	return all
}

// parseStat reads "pid (command) state parent …"; the command may hold spaces and parentheses.
func parseStat(stat string) (processInfo, bool) {
	var p processInfo
	var state string
	_, errPid := fmt.Sscan(stat, &p.pid)
	_, errParent := fmt.Sscan(stat[strings.LastIndexByte(stat, ')')+1:], &state, &p.parent)
	p.zombie = state == "Z"
	return p, errPid == nil && errParent == nil
}
