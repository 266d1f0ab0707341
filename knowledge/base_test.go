package knowledge_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"lotse/internal/pgtest"
	"lotse/knowledge"
	"lotse/knowledge/exchange"
	"lotse/knowledge/rules"
	"lotse/knowledge/text"
)

// folder reads a knowledge base without faults.
func folder(tb testing.TB, dir string) knowledge.Data {
	tb.Helper()
	d, problems := exchange.ReadFolder(os.DirFS(dir))
	for _, p := range problems {
		tb.Errorf("%s/%s", dir, p)
	}
	return d
}

// small is a knowledge base of four areas, three offices and two topics.
func small(tb testing.TB) knowledge.Data {
	tb.Helper()
	return folder(tb, "exchange/testdata/good")
}

func imported(tb testing.TB, b *knowledge.Base, d knowledge.Data) knowledge.Diff {
	tb.Helper()
	diff, err := b.Import(tb.Context(), d, knowledge.ImportOptions{})
	if err != nil {
		tb.Fatalf("import: %v", err)
	}
	return diff
}

func exported(tb testing.TB, b *knowledge.Base) knowledge.Data {
	tb.Helper()
	d, err := b.Export(tb.Context())
	if err != nil {
		tb.Fatalf("export: %v", err)
	}
	return d
}

// equal compares two knowledge bases; the order of examples within a topic and a language is no part of
// it.
func equal(tb testing.TB, want, got knowledge.Data) {
	tb.Helper()
	if diff := cmp.Diff(inOrder(want), inOrder(got)); diff != "" {
		tb.Errorf("knowledge base (-want +got):\n%.3000s", diff)
	}
}

func inOrder(d knowledge.Data) knowledge.Data {
	byText := func(list []knowledge.Example) []knowledge.Example {
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b knowledge.Example) int {
			return strings.Compare(a.Lang+a.Text, b.Lang+b.Text)
		})
		return list
	}
	d.Topics = slices.Clone(d.Topics)
	for i := range d.Topics {
		d.Topics[i].Examples = byText(d.Topics[i].Examples)
	}
	d.Foreign = byText(d.Foreign)
	return d
}

// TestImportLippe imports the sample knowledge base: all of it comes out again, and a second import finds
// nothing to do.
func TestImportLippe(t *testing.T) {
	t.Parallel()
	d := folder(t, "lippe")
	b := knowledge.New(pgtest.New(t), knowledge.Options{})
	start, last := time.Now(), ""
	diff, err := b.Import(t.Context(), d, knowledge.ImportOptions{Progress: func(step string, _ float64) {
		if step != last {
			t.Logf("%s after %s", step, time.Since(start).Round(time.Millisecond))
		}
		last = step
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("first import: %s in %s", diff.Summary(), time.Since(start).Round(time.Millisecond))
	if !diff.Trained || diff.Embedded < 10000 || diff.Version != 1 {
		t.Errorf("first import: got %s", diff.Summary())
	}

	start = time.Now()
	diff = imported(t, b, d)
	t.Logf("second import: %s in %s", diff.Summary(), time.Since(start).Round(time.Millisecond))
	if !diff.Empty() || diff.Trained || diff.Embedded > 0 || diff.Version != 1 {
		t.Errorf("second import: got %s\n%s", diff.Summary(), diff)
	}

	start = time.Now()
	if err := b.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("loaded in %s", time.Since(start).Round(time.Millisecond))
	if diff := cmp.Diff(d, exported(t, b)); diff != "" {
		t.Errorf("exported (-imported +exported):\n%.3000s", diff)
	}
	if _, ok := b.Snapshot().Topic("child-benefit"); !ok {
		t.Error("the snapshot lacks a topic")
	}

	// One example more: the router learns it, and nothing else changes.
	d.Topics[0].Examples = append(slices.Clone(d.Topics[0].Examples), knowledge.Example{
		Topic: d.Topics[0].ID, Lang: "de", Text: "ein Satz, den es noch nicht gab",
	})
	diff, err = b.Import(t.Context(), d, knowledge.ImportOptions{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "examples: 1 added, 0 changed, 0 removed\n  + ein Satz, den es noch nicht gab (" + d.Topics[0].ID + ")\n"; diff.String() != want || !diff.Trained {
		t.Errorf("dry run with one example more: got %q (trained %t), want %q", diff, diff.Trained, want)
	}
}

func TestImportReplaces(t *testing.T) {
	t.Parallel()
	b := knowledge.New(pgtest.New(t), knowledge.Options{})
	d := small(t)
	imported(t, b, d)
	r := rand.New(rand.NewPCG(7, 7))
	for round := range 25 {
		d = changed(d, r)
		for _, f := range knowledge.Check(d) {
			if !f.Warning {
				t.Fatalf("round %d: the test made a faulty knowledge base: %s", round, f.Text)
			}
		}
		imported(t, b, d)
		equal(t, d, exported(t, b))
		if diff := imported(t, b, d); !diff.Empty() || diff.Trained || diff.Embedded > 0 {
			t.Fatalf("round %d: importing it again changed something: %s\n%s", round, diff.Summary(), diff)
		}
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}

// changed returns a knowledge base that differs in many ways, among them those that only a check at the
// end of the transaction allows: exchanged names and areas.
func changed(d knowledge.Data, r *rand.Rand) knowledge.Data {
	d = clone(d)
	word := func() string { return string(rune('a'+r.IntN(26))) + string(rune('a'+r.IntN(26))) }
	shuffle(r, d.Offices)
	shuffle(r, d.Topics)
	shuffle(r, d.LegalAreas)
	d.Areas[2].Name, d.Areas[3].Name = d.Areas[3].Name, d.Areas[2].Name
	d.Areas[3].EverydayWord = r.IntN(2) == 0
	var a, b *knowledge.Office
	for i := range d.Offices {
		switch o := &d.Offices[i]; {
		case o.Kind == "":
			o.Hours = knowledge.Texts{"de": word(), "uk": word()}
			o.Law = nil
		case a == nil:
			a = o
		default:
			b = o
		}
	}
	a.Serves, b.Serves = b.Serves, a.Serves
	a.Phone, b.Street = "0221 4710-3"+"45", "Straße "+word()
	topic := &d.Topics[r.IntN(len(d.Topics))]
	topic.Synonyms = map[string][]string{"en": {word() + word() + word()}}
	topic.Rules = append([]rules.Rule{{
		When: map[string][]string{"status": {"eu"}, "town": {"050102"}}, To: "jobcenter",
		From: time.Date(2026, 1, 1+r.IntN(28), 0, 0, 0, 0, time.UTC),
	}}, rules.Rule{To: "sozialamt"})
	topic.Examples = []knowledge.Example{{Topic: topic.ID, Lang: "de", Text: word() + " " + word()}}
	d.Foreign = []knowledge.Example{{Lang: "en", Text: word() + word() + " foreign"}}
	d.Words = text.Lexicon{"de": {Values: map[string]map[string][]string{"status": {"eu": {word()}}}}, "uk": {Have: []string{word()}}}
	id := "extra-" + word()
	if i := slices.IndexFunc(d.Topics, func(t knowledge.Topic) bool { return strings.HasPrefix(t.ID, "extra-") }); i >= 0 {
		d.Topics = slices.Delete(d.Topics, i, i+1)
	}
	d.Topics = append(d.Topics, knowledge.Topic{
		ID: id, Title: knowledge.Texts{"de": "Neu " + word()}, Rules: []rules.Rule{{To: "jobcenter"}},
		Examples: []knowledge.Example{{Topic: id, Lang: "de", Text: "neu " + word() + word()}},
	})
	return d
}

func shuffle[T any](r *rand.Rand, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func clone(d knowledge.Data) knowledge.Data {
	d.Areas, d.LegalAreas = slices.Clone(d.Areas), slices.Clone(d.LegalAreas)
	d.Offices, d.Topics, d.Foreign = slices.Clone(d.Offices), slices.Clone(d.Topics), slices.Clone(d.Foreign)
	return d
}

// TestKindBecomesOffice: what a rule leads to keeps its ID but is told apart in the database.
func TestKindBecomesOffice(t *testing.T) {
	t.Parallel()
	b := knowledge.New(pgtest.New(t), knowledge.Options{})
	d := small(t)
	imported(t, b, d)
	d.Kinds = nil
	d.Offices = []knowledge.Office{d.Offices[0], {
		ID: "sozialamt", Name: knowledge.Texts{"de": "Sozialamt"}, Serves: []string{"0501"}, Phone: "0221 4710-311",
	}}
	imported(t, b, d)
	equal(t, d, exported(t, b))
	imported(t, b, small(t))
	equal(t, small(t), exported(t, b))
}

func TestInvalidIsRefused(t *testing.T) {
	t.Parallel()
	b := knowledge.New(pgtest.New(t), knowledge.Options{})
	imported(t, b, small(t))
	d := small(t)
	d.Offices[0].Name = knowledge.Texts{"de": "Job\x00center"}
	d.Topics[1].Rules[0].To = "nowhere"
	_, err := b.Import(t.Context(), d, knowledge.ImportOptions{})
	var invalid *knowledge.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Faults) != 2 {
		t.Fatalf("got %v, want an InvalidError with two faults", err)
	}
	equal(t, small(t), exported(t, b))
}

// TestAllOrNothing lets the last statement of an import fail.
func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	b := knowledge.New(pool, knowledge.Options{})
	imported(t, b, small(t))
	before := counts(t, pool)
	mustExec(t, pool, "ALTER TABLE models ADD CONSTRAINT nothing_more CHECK (false) NOT VALID")
	d := changed(small(t), rand.New(rand.NewPCG(1, 1)))
	if _, err := b.Import(t.Context(), d, knowledge.ImportOptions{}); err == nil {
		t.Fatal("the import succeeded though the router couldn't be stored")
	}
	equal(t, small(t), exported(t, b))
	if diff := cmp.Diff(before, counts(t, pool)); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
	mustExec(t, pool, "ALTER TABLE models DROP CONSTRAINT nothing_more")
	imported(t, b, d)
	equal(t, d, exported(t, b))
}

func mustExec(tb testing.TB, pool *pgxpool.Pool, sql string) {
	tb.Helper()
	if _, err := pool.Exec(tb.Context(), sql); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

func counts(tb testing.TB, pool *pgxpool.Pool) map[string]int {
	tb.Helper()
	out := map[string]int{}
	for _, table := range []string{"offices", "topics", "examples", "fact_words", "passages", "vectors", "models"} {
		var n int
		if err := pool.QueryRow(tb.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			tb.Fatal(err)
		}
		out[table] = n
	}
	var version int
	if err := pool.QueryRow(tb.Context(), "SELECT version FROM knowledge_version").Scan(&version); err != nil {
		tb.Fatal(err)
	}
	out["version"] = version
	return out
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	b := knowledge.New(pool, knowledge.Options{})
	imported(t, b, small(t))
	before := counts(t, pool)
	d := small(t)
	d.Offices[0].Phone = "0221 4710-999"
	d.Offices[0].Serves = []string{"0501", "050102"}
	d.Topics[0].Rules = d.Topics[0].Rules[1:]
	d.Topics[1].Examples[0].Text = "keine Wohnung mehr"
	d.Topics[0], d.Topics[1] = d.Topics[1], d.Topics[0]
	d.LegalAreas = append(d.LegalAreas, knowledge.LegalArea{ID: "WoGG", Title: knowledge.Texts{"de": "Wohngeld"}})
	diff, err := b.Import(t.Context(), d, knowledge.ImportOptions{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	want := `legal_areas: 1 added, 0 changed, 0 removed
  + WoGG
offices: 0 added, 1 changed, 0 removed
  ~ jobcenter: serves "0501" → "0501 | 050102"
  ~ jobcenter: phone "0221 4710-310" → "0221 4710-999"
topics: 0 added, 1 changed, 0 removed
  ~ living-costs: rules "status is tolerated, to sozialamt, law AsylbLG, from 2026-01…" → "to jobcenter"
examples: 1 added, 0 changed, 1 removed
  + keine Wohnung mehr (housing)
  - ich suche eine Wohnung (housing)
topics: another order
`
	if d := cmp.Diff(want, diff.String()); d != "" {
		t.Errorf("diff (-want +got):\n%s", d)
	}
	if diff := cmp.Diff(before, counts(t, pool)); diff != "" {
		t.Errorf("a dry run changed rows (-before +after):\n%s", diff)
	}
}

// TestReviewsSurvive: an import is no review, so it takes away none, and a restored backup brings its own.
func TestReviewsSurvive(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	b := knowledge.New(pool, knowledge.Options{})
	imported(t, b, small(t))
	mustExec(t, pool, "UPDATE offices SET reviewed_at = '2026-11-20'")
	mustExec(t, pool, "UPDATE topics SET reviewed_at = '2026-11-21'")
	d := small(t)
	d.Offices[1].City = "Lage"
	diff := imported(t, b, d)
	if len(diff.Changes) != 1 {
		t.Errorf("changes: got\n%s, want the city only", diff)
	}
	got := exported(t, b)
	for _, o := range got.Offices {
		if s := o.Review.ReviewedAt.Format(time.DateOnly); s != "2026-11-20" {
			t.Errorf("office %s: reviewed %s, want 2026-11-20", o.ID, s)
		}
	}
	for _, topic := range got.Topics {
		if s := topic.Review.ReviewedAt.Format(time.DateOnly); s != "2026-11-21" {
			t.Errorf("topic %s: reviewed %s, want 2026-11-21", topic.ID, s)
		}
	}
	d.Offices[0].Review.ReviewedAt = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	imported(t, b, d)
	if s := exported(t, b).Offices[0].Review.ReviewedAt.Format(time.DateOnly); s != "2026-12-01" {
		t.Errorf("a later review in the file: got %s, want 2026-12-01", s)
	}
}

// TestImportsAtOnce: both are done, one after the other, each as a whole.
func TestImportsAtOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	one, other := small(t), changed(small(t), rand.New(rand.NewPCG(3, 3)))
	var wg sync.WaitGroup
	for _, d := range []knowledge.Data{one, other} {
		wg.Go(func() {
			if _, err := knowledge.New(pool, knowledge.Options{}).Import(t.Context(), d, knowledge.ImportOptions{}); err != nil {
				t.Errorf("import: %v", err)
			}
		})
	}
	wg.Wait()
	got := inOrder(exported(t, knowledge.New(pool, knowledge.Options{})))
	if !cmp.Equal(got, inOrder(one)) && !cmp.Equal(got, inOrder(other)) {
		t.Error("the knowledge base is neither the one nor the other")
	}
	if n := counts(t, pool)["version"]; n != 2 {
		t.Errorf("version: got %d, want 2", n)
	}
}

// TestRunFollows: a program that runs takes over what another one imports.
func TestRunFollows(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	b := knowledge.New(pool, knowledge.Options{Poll: time.Hour}) // so that only the notification can tell
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	imported(t, knowledge.New(pool, knowledge.Options{}), small(t))
	eventually(t, func() bool { _, ok := b.Snapshot().Topic("housing"); return ok })
	d := small(t)
	d.Topics = d.Topics[:1]
	imported(t, knowledge.New(pool, knowledge.Options{}), d)
	eventually(t, func() bool { _, ok := b.Snapshot().Topic("housing"); return !ok })
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// eventually waits until it holds.
func eventually(tb testing.TB, holds func() bool) {
	tb.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			tb.Fatal("it doesn't happen")
		}
	}
}

func TestEmptyBase(t *testing.T) {
	t.Parallel()
	b := knowledge.New(pgtest.New(t), knowledge.Options{})
	if err := b.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, knowledge.Data{}, b.Snapshot().Data())
	if hits, err := b.Search(t.Context(), knowledge.Query{Text: "Kindergeld"}); len(hits) > 0 || err != nil {
		t.Errorf("search: got %v, %v, want nothing", hits, err)
	}
}

// TestDamagedRouter: a router that can't be read doesn't keep the import from mending it.
func TestDamagedRouter(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	b := knowledge.New(pool, knowledge.Options{})
	imported(t, b, small(t))
	mustExec(t, pool, "UPDATE models SET weights = substr(weights, 1, length(weights) - 7)")
	if err := b.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "read router") {
		t.Errorf("reload: got %v, want an error about the router", err)
	}
	if diff := imported(t, b, small(t)); !diff.Trained {
		t.Errorf("import: got %s, want the router trained again", diff.Summary())
	}
	if err := b.Reload(t.Context()); err != nil {
		t.Errorf("reload: %v", err)
	}
}

// TestRouterOfAnOlderVersion: what isn't trained yet is routed by what there is.
func TestRouterOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	b := knowledge.New(pool, knowledge.Options{})
	state := func() knowledge.RouterState {
		t.Helper()
		if err := b.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		return b.RouterState()
	}
	if got := state(); got != knowledge.RouterMissing {
		t.Errorf("nothing imported: got %s, want %s", got, knowledge.RouterMissing)
	}
	imported(t, b, small(t))
	if got := state(); got != knowledge.RouterCurrent {
		t.Errorf("imported: got %s, want %s", got, knowledge.RouterCurrent)
	}
	mustExec(t, pool, "INSERT INTO examples (topic, lang, text) VALUES ('housing', 'de', 'Zimmer')")
	if got := state(); got != knowledge.RouterOld {
		t.Errorf("an example more: got %s, want %s", got, knowledge.RouterOld)
	}
	_, d := b.Snapshot().Turn(knowledge.State{}, knowledge.Input{Text: "ich suche eine Wohnung"})
	if len(d.Topics) == 0 || d.Topics[0].Topic != "housing" {
		t.Errorf("topics with the old router: got %v, want housing first", d.Topics)
	}
}

// TestSchemaKeepsInvariants tries what an import never does.
func TestSchemaKeepsInvariants(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	imported(t, knowledge.New(pool, knowledge.Options{}), small(t))
	for _, c := range []struct{ what, sql, want string }{
		{"a rule that leads nowhere", "UPDATE rules SET office = NULL, kind = NULL", "leads_to_one"},
		{"a rule that leads to both", "UPDATE rules SET office = 'jobcenter', kind = 'sozialamt'", "leads_to_one"},
		{"a rule to an office that is gone", "DELETE FROM offices WHERE id = 'jobcenter'", "rules_office_fkey"},
		{"a kind that is in use", "DELETE FROM kinds", "_kind_fkey"},
		{"two offices of a kind for an area", "INSERT INTO office_areas VALUES ('sozialamt-lage', '050102', 'sozialamt', 9)", "office_areas_kind_area_key"},
		{"an office under another kind's name", "INSERT INTO office_areas VALUES ('jobcenter', '050102', 'sozialamt', 9)", "office_areas_office_kind_fkey"},
		{"an area around itself", "UPDATE areas SET inside = code", "areas_check"},
		{"two areas with one name", "UPDATE areas SET name = 'Lage'", "areas_name_key"},
		{"a title without German", `UPDATE topics SET title = '{"en": "x"}'`, "topics_title_check"},
		{"an example twice", "UPDATE examples SET text = 'x', lang = 'de'", "examples_lang_text_key"},
		{"an example of no topic that there is", "UPDATE examples SET topic = 'x'", "examples_topic_fkey"},
		{"a second version", "INSERT INTO knowledge_version (version, terms) VALUES (1, '')", "knowledge_version_pkey"},
		{"two facts of areas", "UPDATE facts SET areas = true", "facts_one_has_areas"},
	} {
		_, err := pool.Exec(t.Context(), c.sql)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want a violation of %s", c.what, err, c.want)
		}
	}
}
