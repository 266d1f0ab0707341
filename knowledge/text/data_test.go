package text_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"lotse/knowledge/text"
)

// lippePlaces are the areas of the sample knowledge base, without the short names of county and state.
func lippePlaces(tb testing.TB) []text.Place {
	tb.Helper()
	var file struct {
		Areas map[string]struct {
			Name     string   `yaml:"name"`
			Also     []string `yaml:"also"`
			Everyday bool     `yaml:"everyday_word"`
		} `yaml:"areas"`
	}
	readYAML(tb, "../lippe/areas.yaml", &file)
	var places []text.Place
	for code, a := range file.Areas {
		switch code {
		case "05":
			continue
		case "05766":
			a.Also = nil
		}
		places = append(places, text.Place{Code: code, Names: append([]string{a.Name}, a.Also...), EverydayWord: a.Everyday})
	}
	slices.SortFunc(places, func(a, b text.Place) int { return strings.Compare(a.Code, b.Code) })
	return places
}

// lippeWords are the words of the sample knowledge base.
func lippeWords(tb testing.TB) text.Lexicon {
	tb.Helper()
	files, err := filepath.Glob("../lippe/words/*.yaml")
	if err != nil || len(files) != 12 {
		tb.Fatalf("%d files, %v", len(files), err)
	}
	lex := text.Lexicon{}
	for _, f := range files {
		var w struct {
			Values     map[string]map[string][]string `yaml:"values"`
			AnswerOnly map[string][]string            `yaml:"answer_only"`
			Receive    []string                       `yaml:"receive"`
			Apply      []string                       `yaml:"apply"`
			Have       []string                       `yaml:"have"`
			Persons    []string                       `yaml:"persons"`
			Years      []string                       `yaml:"years"`
			Months     []string                       `yaml:"months"`
			YearsBare  []string                       `yaml:"years_bare"`
		}
		readYAML(tb, f, &w)
		lex[strings.TrimSuffix(filepath.Base(f), ".yaml")] = text.WordList{
			Values: w.Values, AnswerOnly: w.AnswerOnly, Receive: w.Receive, Apply: w.Apply, Have: w.Have,
			Persons: w.Persons, Years: w.Years, Months: w.Months, YearsBare: w.YearsBare,
		}
	}
	return lex
}

func readYAML(tb testing.TB, path string, into any) {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
}
