package knowledge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"lotse/knowledge/text"
)

// termIndex makes the terms of full-text search. The key names how: passages whose terms were made
// with another key must be written again.
type termIndex struct {
	key     string
	indexer *text.Indexer
}

// termRecipe is part of the key of terms: raise it when [text.Indexer] changes what it returns.
const termRecipe = "1"

// newTermIndex takes compounds apart into the nouns of the knowledge base: titles, synonyms, names and
// German examples. A word that none of them has can't be searched for anyway.
func newTermIndex(d Data) *termIndex {
	nouns := map[string]bool{}
	add := func(s string) {
		for _, n := range text.Nouns(s) {
			nouns[n] = true
		}
	}
	for _, t := range d.Topics {
		add(t.Title["de"])
		for _, s := range t.Synonyms["de"] {
			add(s)
		}
		for _, e := range t.Examples {
			if e.Lang == "de" {
				add(e.Text)
			}
		}
	}
	for _, o := range d.Offices {
		add(o.Name["de"])
	}
	for _, k := range d.Kinds {
		add(k.Title["de"])
	}
	list := make([]string, 0, len(nouns))
	for n := range nouns {
		list = append(list, n)
	}
	slices.Sort(list)
	sum := sha256.Sum256([]byte(termRecipe + "\n" + strings.Join(list, "\n")))
	return &termIndex{key: hex.EncodeToString(sum[:12]), indexer: text.NewIndexer(list)}
}

// terms returns the terms of a text, each once.
func (ix *termIndex) terms(s string) []string { return ix.indexer.Terms(s) }

// weighted is terms as tsquery, with how much each tells.
type weighted struct {
	terms   []string
	weights []float32
}

func (w *weighted) add(term string, weight float64) {
	w.terms, w.weights = append(w.terms, tsquery(term)), append(w.weights, float32(weight))
}

// tsquery quotes a term.
func tsquery(term string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(term) + "'"
}

// Words that more than a share of the passages have say nothing and cost most; and of a long text the
// rarest words are enough.
const (
	commonShare  = 0.03
	commonAtMost = 50 // a word of so few passages is never common
	maxTerms     = 16
)

// frequencies tells in how many of all passages a term is.
type frequencies struct {
	of  map[string]int
	all int
}

// maxReference is how many terms a query has at most that asks for a legal reference. In longer ones a
// paragraph is a fact about somebody: "she has § 24 and looks for a day-care place".
const maxReference = 5

// query returns what to search for: the words that tell; and if it asks for legal references, what
// must stand in a passage.
func (l *live) query(s string) (words weighted, references string) {
	type term struct {
		text string
		n    int
	}
	var list []term
	var refs []string
	said := l.terms.terms(s)
	for _, t := range said {
		if len(t) > maxTerm {
			continue
		}
		if n := l.frequent.of[t]; n > 0 {
			list = append(list, term{t, n})
		}
		if isReference(t) {
			refs = append(refs, tsquery(t))
		}
	}
	if len(said) <= maxReference {
		references = strings.Join(refs, " & ")
	}
	slices.SortStableFunc(list, func(a, b term) int { return a.n - b.n })
	for i, t := range list {
		common := t.n > commonAtMost && float64(t.n) > commonShare*float64(l.frequent.all)
		if i < maxTerms && (i == 0 || !common) {
			words.add(t.text, math.Log(1+float64(l.frequent.all)/float64(t.n)))
		}
	}
	return words, references
}

const selectFrequencies = `
SELECT word, ndoc
FROM ts_stat('SELECT terms FROM passages')`

// readFrequencies counts the terms of all passages.
func readFrequencies(ctx context.Context, q querier) (*frequencies, error) {
	f := &frequencies{of: map[string]int{}}
	if err := q.QueryRow(ctx, "SELECT count(*) FROM passages").Scan(&f.all); err != nil {
		return nil, fmt.Errorf("count passages: %w", err)
	}
	r, err := q.Query(ctx, selectFrequencies)
	if err != nil {
		return nil, fmt.Errorf("count terms: %w", err)
	}
	var word string
	var n int
	_, err = pgx.ForEachRow(r, []any{&word, &n}, func() error {
		f.of[word] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count terms: %w", err)
	}
	return f, nil
}

// isReference tells the terms of legal references: a paragraph, or a book of the social code.
func isReference(term string) bool {
	book, ok := strings.CutPrefix(term, "sgb")
	return strings.HasPrefix(term, "§") || ok && book != "" && strings.Trim(book, "0123456789") == ""
}
