package knowledge_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lotse/internal/pgtest"
	"lotse/knowledge"
	"lotse/knowledge/exchange"
)

func lippe(t testing.TB) knowledge.Data {
	t.Helper()
	d, problems := exchange.ReadFolder(os.DirFS("lippe"))
	for _, p := range problems {
		t.Errorf("knowledge/lippe/%s", p)
	}
	return d
}

func TestImportLippe(t *testing.T) {
	d := lippe(t)
	b := knowledge.New(pgtest.New(t), knowledge.Options{})
	start := time.Now()
	diff, err := b.Import(t.Context(), d, knowledge.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("first import: %s in %s", diff.Summary(), time.Since(start).Round(time.Millisecond))
	start = time.Now()
	diff, err = b.Import(t.Context(), d, knowledge.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("second import: %s in %s", diff.Summary(), time.Since(start).Round(time.Millisecond))
	start = time.Now()
	if err := b.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("reload in %s", time.Since(start).Round(time.Millisecond))
	got, err := b.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Errorf("exported (-imported +exported):\n%.2000s", diff)
	}
	for _, q := range []string{"Kindergeld für mein Baby", "§ 24", "jugendamt detmold", "Wohnungsgeld"} {
		start = time.Now()
		hits, err := b.Search(t.Context(), knowledge.Query{Text: q, Limit: 3})
		t.Log(q, time.Since(start), err)
		for _, h := range hits {
			t.Logf("  %+v", h)
		}
	}
}
