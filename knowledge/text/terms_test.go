package text_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lotse/knowledge/text"
)

func newIndexer() *text.Indexer {
	return text.NewIndexer(text.Nouns("Integration Kurs Sprache Kinder Garten Platz Kita Wohnung Geld Miete Bürger Antrag " +
		"Deutsch Straße Bahn Schule Bus Unterhalt Vorschuss Aufenthalt Erlaubnis Beratung Stelle Ausbildung Flüchtling"))
}

func TestTermsMeet(t *testing.T) {
	t.Parallel()
	x := newIndexer()
	for _, pair := range [][2]string{
		{"Sprachkurs", "Sprachkurse"},
		{"Kursen", "Integrationskurs"},
		{"Kitaplatz", "Plätze in der Kita"},
		{"Kindergartenplatz", "Garten"},
		{"Wohnungsgeld", "Geld für die Wohnung"},
		{"Bürgergeldantrag", "buergergeld"},
		{"Strassenbahn", "Straßenbahnen"},
		{"Unterhaltsvorschuß", "UNTERHALTSVORSCHUSS"},
		{"Aufenthaltserlaubnis", "Erlaubnisse"},
		{"Schulbus", "Busse Schule"},
		{"§ 24 AufenthG", "Paragraf 24"},
		{"§24", "§§ 23, 24 und 25"},
		{"SGB II", "sgb2"},
		{"SGB 12", "SGB XII"},
		{"§ 16a Abs. 1 AufenthG", "aufenthg"},
	} {
		a, b := x.Terms(pair[0]), x.Terms(pair[1])
		if !slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) }) {
			t.Errorf("Terms(%q) = %q and Terms(%q) = %q have nothing in common", pair[0], a, pair[1], b)
		}
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	x := newIndexer()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"§", nil},
		{"§ 24", []string{"§24"}},
		{"§§ 24, 25a und 26 AufenthG", []string{"§24", "§25a", "§26", "aufenthg"}},
		{"SGB II, ALG 2", []string{"sgb2", "alg2"}},
		{"Integrationskurse", []string{"integrationskur", "integratio", "kur"}},
		{"Duldung, Duldung", []string{"duldung"}},
		{"Лемго", []string{"lemgo"}},
	} {
		if diff := cmp.Diff(x.Terms(c.text), c.want); diff != "" {
			t.Errorf("Terms(%q) (-got +want):\n%s", c.text, diff)
		}
	}
}

func TestTermsKeepReferencesApart(t *testing.T) {
	t.Parallel()
	x := newIndexer()
	for _, pair := range [][2]string{{"§ 24", "§ 25"}, {"§ 16a", "§ 16"}, {"SGB II", "SGB III"}, {"§ 24", "24"}} {
		a, b := x.Terms(pair[0]), x.Terms(pair[1])
		if slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) }) {
			t.Errorf("Terms(%q) = %q meets Terms(%q) = %q", pair[0], a, pair[1], b)
		}
	}
}

func FuzzTerms(f *testing.F) {
	f.Add("§§ 24, 25a SGB II Kindergartenplatz")
	f.Add("§ § 1 und\xff")
	f.Add(strings.Repeat("kurs", 30))
	x := newIndexer()
	f.Fuzz(func(t *testing.T, s string) {
		for _, term := range x.Terms(s) {
			if term == "" || strings.ContainsAny(term, " \t\n") {
				t.Errorf("Terms(%q) has the term %q", s, term)
			}
		}
	})
}

func BenchmarkTerms(b *testing.B) {
	x := newIndexer()
	s := strings.Repeat("Die Beratungsstelle vermittelt Integrationskurse und Kindergartenplätze nach § 24 AufenthG. ", 10)
	for b.Loop() {
		x.Terms(s)
	}
}
