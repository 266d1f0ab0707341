package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"lotse/internal/pgtest"
	"lotse/knowledge"
	"lotse/knowledge/embed"
)

// fakeEmbedder makes vectors of few numbers and counts the texts it is given.
type fakeEmbedder struct {
	name string
	dim  int

	mu    sync.Mutex
	down  error
	texts []string
}

func (f *fakeEmbedder) Embed(_ context.Context, texts []string, kind embed.Kind) ([][]float32, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return nil, f.down
	}
	if kind == embed.Passage {
		f.texts = append(f.texts, texts...)
	}
	out := make([][]float32, len(texts))
	for i, s := range texts {
		if !strings.Contains(s, "unembeddable") {
			out[i] = f.vector(s)
		}
	}
	return out, nil
}

// vector counts words, each into one of the dimensions.
func (f *fakeEmbedder) vector(s string) []float32 {
	v := make([]float32, f.dim)
	var sum float64
	for w := range strings.FieldsSeq(strings.ToLower(s)) {
		h := fnv.New32a()
		h.Write([]byte(w))
		v[h.Sum32()%uint32(f.dim)]++
	}
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func (f *fakeEmbedder) Name() string   { return f.name }
func (f *fakeEmbedder) Dimension() int { return f.dim }

func (f *fakeEmbedder) setDown(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = err
}

func (f *fakeEmbedder) taken() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.texts
	f.texts = nil
	return out
}

func loaded(tb testing.TB, pool *pgxpool.Pool, e embed.Embedder) *knowledge.Base {
	tb.Helper()
	b := knowledge.New(pool, knowledge.Options{Embedder: e})
	if err := b.Reload(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return b
}

func owners(hits []knowledge.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Owner)
	}
	return out
}

func TestOnlyChangedTextsAreEmbedded(t *testing.T) {
	t.Parallel()
	e := &fakeEmbedder{name: "fake/1", dim: 8}
	b := knowledge.New(pgtest.New(t), knowledge.Options{Embedder: e})
	d := small(t)
	diff := imported(t, b, d)
	if got := e.taken(); len(got) != diff.Embedded || len(got) < 6 {
		t.Fatalf("first import: %d texts embedded, the summary says %d", len(got), diff.Embedded)
	}
	imported(t, b, d)
	if got := e.taken(); got != nil {
		t.Errorf("second import: embedded %q, want nothing", got)
	}
	d.Offices[0].Phone = "0221 4710-999"
	d.Offices[0].Name = knowledge.Texts{"de": "Jobzentrum", "en": "Jobcentre"}
	d.Topics[1].Examples[0].Text = "keine Wohnung mehr"
	imported(t, b, d)
	if got, want := e.taken(), []string{"keine Wohnung mehr", "Jobzentrum"}; !slices.Equal(got, want) {
		t.Errorf("after two changes: embedded %q, want %q", got, want)
	}
}

// TestEmbedderIsDown: the import is done without vectors, the search has words, and Run makes up for it.
func TestEmbedderIsDown(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	e := &fakeEmbedder{name: "fake/1", dim: 8, down: errors.New("no server")}
	diff := imported(t, knowledge.New(pool, knowledge.Options{Embedder: e}), small(t))
	if diff.Embedded != 0 || diff.Missing == 0 {
		t.Errorf("import: got %s, want texts that wait", diff.Summary())
	}
	b := loaded(t, pool, e)
	hits, err := b.Search(t.Context(), knowledge.Query{Text: "Wohnung gesucht", Kinds: []string{knowledge.ExamplePassage}})
	if err != nil || !slices.Equal(owners(hits), []string{"housing"}) {
		t.Errorf("search by words: got %v, %v", owners(hits), err)
	}
	e.setDown(nil)
	if n := counts(t, pool)["vectors"]; n != 0 {
		t.Fatalf("%d vectors of a server that is down", n)
	}
	running(t, knowledge.New(pool, knowledge.Options{Embedder: e, Poll: 10 * time.Millisecond}))
	eventually(t, func() bool { c := counts(t, pool); return c["vectors"] == c["passages"] })
}

// running lets Run run until the test ends.
func running(tb testing.TB, b *knowledge.Base) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Errorf("Run: %v", err)
		}
	})
}

// TestAnotherEmbedder: the old vectors are kept until the new ones are there, then they go.
func TestAnotherEmbedder(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	old, other := &fakeEmbedder{name: "fake/1", dim: 8}, &fakeEmbedder{name: "fake/2", dim: 12}
	imported(t, knowledge.New(pool, knowledge.Options{Embedder: old}), small(t))
	other.setDown(errors.New("no server"))
	d := small(t)
	d.Offices[0].Name["de"] = "Jobzentrum"
	imported(t, knowledge.New(pool, knowledge.Options{Embedder: other}), d)
	if got := embedders(t, pool); !slices.Equal(got, []string{"fake/1"}) {
		t.Errorf("embedders with the new one down: got %v, want the old one", got)
	}
	other.setDown(nil)
	running(t, knowledge.New(pool, knowledge.Options{Embedder: other, Poll: 10 * time.Millisecond}))
	eventually(t, func() bool { return slices.Equal(embedders(t, pool), []string{"fake/2"}) })
	if c := counts(t, pool); c["vectors"] != c["passages"] {
		t.Errorf("%d vectors for %d passages", c["vectors"], c["passages"])
	}
}

func embedders(tb testing.TB, pool *pgxpool.Pool) []string {
	tb.Helper()
	var out []string
	if err := pool.QueryRow(tb.Context(), "SELECT array_agg(DISTINCT embedder ORDER BY embedder) FROM vectors").Scan(&out); err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestUnembeddableTextIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	e := &fakeEmbedder{name: "fake/1", dim: 8}
	d := small(t)
	d.Foreign[0].Text = "foreign ones are no passages"
	d.Topics[0].Examples[0].Text = "an unembeddable text"
	b := knowledge.New(pool, knowledge.Options{Embedder: e})
	imported(t, b, d)
	e.taken()
	if diff := imported(t, b, d); diff.Embedded != 0 || diff.Missing != 0 || e.taken() != nil {
		t.Errorf("second import: got %s, want no text embedded", diff.Summary())
	}
}

// searchable is the small knowledge base with a little more to tell apart.
func searchable(tb testing.TB) knowledge.Data {
	tb.Helper()
	d := small(tb)
	d.Topics[0].Basis = "§§ 7, 19 SGB II"
	d.Topics[1].Basis = "§ 27 SGB XII"
	d.Topics[0].Examples = append(d.Topics[0].Examples,
		knowledge.Example{Topic: "living-costs", Lang: "de", Text: "Familie mit § 24 braucht Bürgergeld"},
		knowledge.Example{Topic: "living-costs", Lang: "en", Text: "who pays for my food"},
	)
	return d
}

func TestSearch(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	imported(t, knowledge.New(pool, knowledge.Options{}), searchable(t))
	b := loaded(t, pool, nil)
	for _, c := range []struct {
		text  string
		kinds []string
		first string
		exact bool
	}{
		{text: "wo ist das SOZIALAMT  LEMGO bitte", first: "sozialamt-lemgo", exact: true},
		{text: "Sozialamt Lage", first: "sozialamt-lage", exact: true},
		{text: "jobcentre", first: "jobcenter", exact: true},
		{text: "§ 19 SGB 2", first: "living-costs", exact: true},
		{text: "Paragraf 27", first: "housing", exact: true},
		{text: "§ 24", first: "living-costs"}, // said of a person in an example: found, but no reference of the topic
		{text: "Wohnungssuche", kinds: []string{knowledge.ExamplePassage}, first: "housing"},
		{text: "Sozialhilfeantrag", kinds: []string{knowledge.TopicPassage}, first: "living-costs"},
	} {
		hits, err := b.Search(t.Context(), knowledge.Query{Text: c.text, Kinds: c.kinds})
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if len(hits) == 0 || hits[0].Owner != c.first || hits[0].Exact != c.exact {
			t.Errorf("%q: got %+v, want %s first, exact %t", c.text, hits, c.first, c.exact)
		}
		if i := slices.IndexFunc(hits, func(h knowledge.Hit) bool { return c.kinds != nil && !slices.Contains(c.kinds, h.Kind) }); i >= 0 {
			t.Errorf("%q: got a hit of kind %s", c.text, hits[i].Kind)
		}
		if s := owners(hits); len(s) != len(slices.Compact(slices.Sorted(slices.Values(s)))) {
			t.Errorf("%q: an owner is there twice: %v", c.text, s)
		}
	}
}

// TestSearchTakesAnything: nothing that people write may break the search.
func TestSearchTakesAnything(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	imported(t, knowledge.New(pool, knowledge.Options{}), searchable(t))
	b := loaded(t, pool, nil)
	for _, s := range []string{
		"", " ", "'", `\`, `'\''; DROP TABLE topics; --`, "a & b | !c <-> d:*", "\x00", "\xff\xfe", "§", "§§§ 1, 2", "👍",
		strings.Repeat("Wohnung ", 20000), strings.Repeat("ä", 5000), strings.Repeat("§ 1 ", 600), "(((", "%s%n", "ﷺ",
	} {
		if _, err := b.Search(t.Context(), knowledge.Query{Text: s, Lang: "xx", Limit: 1 << 30}); err != nil {
			t.Errorf("%.40q: %v", s, err)
		}
	}
	if hits, err := b.Search(t.Context(), knowledge.Query{Text: "Wohnung", Limit: 1}); len(hits) != 1 || err != nil {
		t.Errorf("limit 1: got %d hits, %v", len(hits), err)
	}
}

// TestManyVectorsGetAnIndex: beyond a number, here 500, the search goes through an index and finds the same.
func TestManyVectorsGetAnIndex(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	e := &fakeEmbedder{name: "fake/1", dim: 16}
	imported(t, knowledge.New(pool, knowledge.Options{Embedder: e}), small(t))
	mustExec(t, pool, `INSERT INTO passages (id, kind, owner, lang, text, terms)
		SELECT md5(n::text)::uuid, 'page', 'page-' || n, 'de', 'Seite ' || n, '' FROM generate_series(1, 600) n`)
	mustExec(t, pool, `INSERT INTO vectors (passage, embedder, kind, embedding)
		SELECT id, 'fake/1', kind, (SELECT array_agg(sin(('x' || substr(md5(text || i), 1, 6))::bit(24)::int)) FROM generate_series(1, 16) i)::vector
		FROM passages WHERE kind = 'page'`)
	before := loaded(t, pool, e)
	options := knowledge.Options{Embedder: e, Poll: 10 * time.Millisecond, ExactUpTo: 500}
	running(t, knowledge.New(pool, options))
	eventually(t, func() bool {
		var n int
		if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('vectors_hnsw_16') AND indisvalid").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == 1
	})
	after := knowledge.New(pool, options)
	if err := after.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, kinds := range [][]string{{knowledge.ExamplePassage}, {knowledge.OfficePassage}, {knowledge.PagePassage}} {
		q := knowledge.Query{Text: "ich suche eine Wohnung", Kinds: kinds}
		want, err := before.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := after.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || got[0].Owner != want[0].Owner {
			t.Errorf("%v: got %v through the index, want %v", kinds, owners(got), owners(want))
		}
	}
}

// BenchmarkSearch10k searches 10,000 passages with the built-in embedder, as a question does.
func BenchmarkSearch10k(b *testing.B) {
	pool := pgtest.New(b)
	d := folder(b, "lippe")
	questions := cutTo(&d, 10000)
	imported(b, knowledge.New(pool, knowledge.Options{}), d)
	mustExec(b, pool, "VACUUM ANALYZE passages, vectors")
	base := loaded(b, pool, nil)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if _, err := base.Search(b.Context(), knowledge.Query{Text: questions[i%len(questions)], Lang: "de"}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(counts(b, pool)["passages"]), "passages")
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(took[len(took)*95/100].Seconds()*1000, "p95-ms")
}

// cutTo leaves so many passages in all, and returns examples that were left out: questions that aren't
// answered by themselves.
func cutTo(d *knowledge.Data, passages int) (left []string) {
	keep := (passages - 2*len(d.Offices) - 2*len(d.Topics)) / len(d.Topics)
	for i := range d.Topics {
		var kept []knowledge.Example
		list := d.Topics[i].Examples
		for n, e := range list {
			if n*keep/len(list) != (n+1)*keep/len(list) {
				kept = append(kept, e)
			} else if e.Lang == "de" {
				left = append(left, e.Text)
			}
		}
		d.Topics[i].Examples = kept
	}
	if len(left) == 0 {
		panic(fmt.Sprintf("no examples left of %d", passages))
	}
	return left
}
