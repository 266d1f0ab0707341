package embed_test

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"lotse/knowledge/embed"
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

func readSample(t testing.TB) sample {
	t.Helper()
	var s sample
	lines := readLines(t, "../lippe/examples/de.jsonl", "../lippe/examples/others.jsonl")
	index := map[string]int{"none": embed.None}
	for _, l := range lines {
		if _, ok := index[l.Topic]; !ok {
			s.labels = append(s.labels, l.Topic)
			index[l.Topic] = len(s.labels) - 1
		}
		s.examples = append(s.examples, embed.Example{Text: l.Text, Label: index[l.Topic]})
	}
	return s
}

type line struct{ Topic, Lang, Text string }

func readLines(t testing.TB, paths ...string) []line {
	t.Helper()
	var out []line
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for sc := bufio.NewScanner(f); sc.Scan(); {
			var l line
			if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			out = append(out, l)
		}
	}
	return out
}

func readQuestions(t testing.TB) []question {
	t.Helper()
	data, err := os.ReadFile("../lippe/questions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []question
	if err := yaml.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// withoutTowns removes the towns of the county, for tests; the knowledge base has a better one.
func withoutTowns() func(string) string {
	towns := []string{
		"Kreis Lippe", "Augustdorf", "Bad Salzuflen", "Salzuflen", "Schötmar", "Barntrup", "Blomberg", "Detmold", "Dörentrup", "Extertal",
		"Horn-Bad Meinberg", "Bad Meinberg", "Kalletal", "Lemgo", "Leopoldshöhe", "Lügde", "Oerlinghausen",
		"Schieder-Schwalenberg", "Schieder", "Schwalenberg",
	}
	slices.SortStableFunc(towns, func(a, b string) int { return len(b) - len(a) })
	for i, w := range towns {
		w = regexp.QuoteMeta(w)
		towns[i] = strings.NewReplacer("ö", "(?:ö|oe|o)", "ü", "(?:ü|ue|u)").Replace(w)
	}
	all := regexp.MustCompile(`(?i)\b(?:` + strings.Join(towns, "|") + `)(?:er)?\b`)
	everyday := regexp.MustCompile(`\b(?:in|nach|aus|von|bei|um)\s+(?:Lage|Schlangen|Horn)\b`)
	person := regexp.MustCompile(`\b((?i:herrn?|frau|familie|fam\.|hr\.|fr\.|mr\.?|mrs\.?|ms\.?))\s+([A-ZÄÖÜ][\p{L}\p{N}_\-]*\.?)(\s+[A-ZÄÖÜ][\p{L}\p{N}_\-]+)?`)
	return func(s string) string {
		return everyday.ReplaceAllString(all.ReplaceAllString(person.ReplaceAllString(s, "$1 "), " "), " ")
	}
}
