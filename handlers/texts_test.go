// Package handlers_test holds what is true of all handlers.
package handlers_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// keyInCode finds keys of texts in Go: as a whole, and the beginning of those that are put together.
var (
	keyInCode   = regexp.MustCompile(`"([a-z][a-z_0-9]*)"`)
	prefixOfKey = regexp.MustCompile(`"([a-z]+_)"\s*\+`)
)

// A key that is not in the texts would be shown itself, and a text that nothing says would rot.
func TestEveryTextIsUsed(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("*/texts")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no texts found (%v)", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Dir(folder), func(t *testing.T) {
			t.Parallel()
			code := source(t, filepath.Dir(folder))
			texts := german(t, folder)
			inCode := map[string]bool{}
			for _, m := range keyInCode.FindAllStringSubmatch(code, -1) {
				inCode[m[1]] = true
			}
			var prefixes []string
			for _, m := range prefixOfKey.FindAllStringSubmatch(code, -1) {
				prefixes = append(prefixes, m[1])
			}
			for _, key := range slices.Sorted(maps.Keys(texts)) {
				begins := func(p string) bool { return strings.HasPrefix(key, p) }
				if !inCode[key] && !slices.ContainsFunc(prefixes, begins) {
					t.Errorf("nothing says %q", key)
				}
			}
			for _, m := range regexp.MustCompile(`\.Get\("([a-z_0-9]+)"[,)]`).FindAllStringSubmatch(code, -1) {
				if texts[m[1]] == "" {
					t.Errorf("there is no text %q", m[1])
				}
			}
		})
	}
}

func source(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

func german(t *testing.T, folder string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "de.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := yaml.Unmarshal(b, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}
