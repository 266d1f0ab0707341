package embed_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"lotse/knowledge/embed"
	"lotse/knowledge/text"
)

// sample is the sample knowledge base as far as the router learns from it.
type sample struct {
	labels   []string
	examples []embed.Example
}

// question is a case of the development questions.
type question struct {
	ID     string `yaml:"id"`
	Lang   string `yaml:"lang"`
	Ask    string `yaml:"ask"`
	Expect struct {
		Topic   string `yaml:"topic"`
		Abstain bool   `yaml:"abstain"`
	} `yaml:"expect"`
}

func readSample(tb testing.TB) sample {
	tb.Helper()
	var s sample
	lines := readLines(tb, "../lippe/examples/de.jsonl", "../lippe/examples/others.jsonl")
	index := map[string]int{"none": embed.None}
	for _, l := range lines {
		if _, ok := index[l.Topic]; !ok {
			s.labels = append(s.labels, l.Topic)
			index[l.Topic] = len(s.labels) - 1
		}
		s.examples = append(s.examples, embed.Example{Text: l.Text, Label: index[l.Topic]})
	}
	type topics struct {
		Topics map[string]struct {
			Title    map[string]string   `yaml:"title"`
			Synonyms map[string][]string `yaml:"synonyms"`
		} `yaml:"topics"`
	}
	for _, file := range readYAML[topics](tb, "../lippe/topics/*.yaml") {
		for _, id := range slices.Sorted(maps.Keys(file.Topics)) {
			for _, lang := range []string{"de", "en"} {
				topic := file.Topics[id]
				for _, s2 := range append([]string{topic.Title[lang]}, topic.Synonyms[lang]...) {
					s.examples = append(s.examples, embed.Example{Text: s2, Label: index[id], Fixed: true})
				}
			}
		}
	}
	return s
}

type line struct{ Topic, Lang, Text string }

func readLines(tb testing.TB, paths ...string) []line {
	tb.Helper()
	var out []line
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			tb.Fatal(err)
		}
		for dec := json.NewDecoder(bytes.NewReader(data)); dec.More(); {
			var l line
			if err := dec.Decode(&l); err != nil {
				tb.Fatalf("%s: %v", p, err)
			}
			out = append(out, l)
		}
	}
	return out
}

func readQuestions(tb testing.TB) []question {
	tb.Helper()
	data, err := os.ReadFile("../lippe/questions.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	var out []question
	if err := yaml.Unmarshal(data, &out); err != nil {
		tb.Fatal(err)
	}
	return out
}

// readYAML decodes every file that the pattern names.
func readYAML[T any](tb testing.TB, pattern string) []T {
	tb.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no files %s (%v)", pattern, err)
	}
	var out []T
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			tb.Fatal(err)
		}
		var v T
		if err := yaml.Unmarshal(data, &v); err != nil {
			tb.Fatalf("%s: %v", p, err)
		}
		out = append(out, v)
	}
	return out
}

// masker removes the towns of the sample knowledge base and the names of persons.
func masker(tb testing.TB) func(string) string {
	tb.Helper()
	type areas struct {
		Areas map[string]struct {
			Name         string   `yaml:"name"`
			Also         []string `yaml:"also"`
			EverydayWord bool     `yaml:"everyday_word"`
		} `yaml:"areas"`
	}
	var places []text.Place
	for _, file := range readYAML[areas](tb, "../lippe/areas.yaml") {
		for code, a := range file.Areas {
			places = append(places, text.Place{Code: code, Names: append([]string{a.Name}, a.Also...), EverydayWord: a.EverydayWord})
		}
	}
	slices.SortFunc(places, func(a, b text.Place) int { return strings.Compare(a.Code, b.Code) })
	return text.NewMasker(places).Mask
}
