package embed_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"lotse/knowledge/embed"
)

// small trains a model of two labels and none.
func small(tb testing.TB, opts embed.Options) *embed.Model {
	tb.Helper()
	examples := []embed.Example{
		{Text: "Wohngeld beantragen", Label: 0},
		{Text: "Zuschuss zur Miete", Label: 0},
		{Text: "housing benefit", Label: 0},
		{Text: "Kitaplatz suchen", Label: 1},
		{Text: "Kindergarten anmelden", Label: 1},
		{Text: "a place in day care", Label: 1},
		{Text: "Wie wird das Wetter?", Label: embed.None},
		{Text: "Pizza bestellen", Label: embed.None},
	}
	m, err := embed.Train(context.Background(), examples, []string{"housing", "daycare"}, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func written(tb testing.TB, m *embed.Model) []byte {
	tb.Helper()
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil {
		tb.Fatal(err)
	}
	if n != int64(b.Len()) {
		tb.Fatalf("WriteTo returned %d, wrote %d bytes", n, b.Len())
	}
	return b.Bytes()
}

func TestReadGivesTheSameModel(t *testing.T) {
	t.Parallel()
	m := small(t, embed.Options{Threshold: 0.25})
	got, err := embed.Read(iotest.OneByteReader(bytes.NewReader(written(t, m))), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"Miete", "Kita", "pizza", "", "ميتة"} {
		if diff := cmp.Diff(m.Route(s), got.Route(s)); diff != "" {
			t.Errorf("Route(%q) (-want +got):\n%s", s, diff)
		}
		if diff := cmp.Diff(m.Embed(s), got.Embed(s)); diff != "" {
			t.Errorf("Embed(%q) (-want +got):\n%s", s, diff)
		}
		if diff := cmp.Diff(m.RouteByVector(s), got.RouteByVector(s)); diff != "" {
			t.Errorf("RouteByVector(%q) (-want +got):\n%s", s, diff)
		}
		if diff := cmp.Diff(m.Coverage(s), got.Coverage(s)); diff != "" {
			t.Errorf("Coverage(%q) (-want +got):\n%s", s, diff)
		}
	}
	if diff := cmp.Diff(m.Labels(), got.Labels()); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if got.NoneThreshold() != 0.25 {
		t.Errorf("threshold %v, want 0.25", got.NoneThreshold())
	}
}

func TestReadRefusesEveryDamage(t *testing.T) {
	t.Parallel()
	whole := written(t, small(t, embed.Options{}))
	isOurs := func(err error) bool {
		return errors.Is(err, embed.ErrDamaged) || errors.Is(err, embed.ErrFormat) || errors.Is(err, embed.ErrVersion)
	}
	for n := 0; n < len(whole); n += 1 + n/16 {
		if _, err := embed.Read(bytes.NewReader(whole[:n]), nil); !isOurs(err) {
			t.Fatalf("cut at %d of %d: got %v", n, len(whole), err)
		}
		bad := bytes.Clone(whole)
		bad[n] ^= 0x40
		if _, err := embed.Read(bytes.NewReader(bad), nil); !isOurs(err) {
			t.Fatalf("bit flipped at %d of %d: got %v", n, len(whole), err)
		}
	}
	if _, err := embed.Read(bytes.NewReader(append(bytes.Clone(whole), 0)), nil); !errors.Is(err, embed.ErrDamaged) {
		t.Errorf("a byte too many: got %v, want ErrDamaged", err)
	}
	old := bytes.Clone(whole)
	old[8]++
	if _, err := embed.Read(bytes.NewReader(old), nil); !errors.Is(err, embed.ErrVersion) {
		t.Errorf("another version: got %v, want ErrVersion", err)
	}
	broken := errors.New("connection lost")
	if _, err := embed.Read(io.MultiReader(bytes.NewReader(whole[:100]), iotest.ErrReader(broken)), nil); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: got %v, want its error", err)
	}
}

func TestSameSeedSameModel(t *testing.T) {
	t.Parallel()
	a, b := written(t, small(t, embed.Options{Seed: 7})), written(t, small(t, embed.Options{Seed: 7}))
	if !bytes.Equal(a, b) {
		t.Error("the same seed gave two models")
	}
	if bytes.Equal(a, written(t, small(t, embed.Options{Seed: 8}))) {
		t.Error("another seed gave the same model")
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	m := small(t, embed.Options{})
	v := m.Embed("Wohngeld")
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if len(v) != embed.Dim || math.Abs(sum-1) > 1e-5 {
		t.Errorf("got %d numbers of length² %v, want %d of 1", len(v), sum, embed.Dim)
	}
	if v := m.Embed("…"); v != nil {
		t.Errorf("a text without letters has the vector %v", v)
	}
	if c := m.Coverage("Wohngeld beantragen"); c != 1 {
		t.Errorf("coverage of an example is %v, want 1", c)
	}
	if c := m.Coverage("xyzzy"); c != 0 {
		t.Errorf("coverage of nonsense is %v, want 0", c)
	}
}

func TestBuiltIn(t *testing.T) {
	t.Parallel()
	b := embed.NewBuiltIn(small(t, embed.Options{Prepare: func(s string) string { return strings.ReplaceAll(s, "Lemgo", " ") }}), "7")
	vector := func(s string, kind embed.Kind) []float32 {
		v, err := b.Embed(t.Context(), []string{s}, kind)
		if err != nil {
			t.Fatal(err)
		}
		if v[0] != nil && (len(v[0]) != b.Dimension() || math.Abs(cosine(v[0], v[0])-1) > 1e-5) {
			t.Errorf("%s %q: %d numbers, length² %v", kind, s, len(v[0]), cosine(v[0], v[0]))
		}
		return v[0]
	}
	ask := vector("Wo bekomme ich Wohngeld in Lemgo?", embed.Query)
	for _, test := range []struct {
		kind        embed.Kind
		near, apart string
	}{
		{embed.Passage, "Zuschuss zur Miete", "Kindergarten"},
		{embed.Passage, "housing benefit", "day care"},
		{embed.Page, "Wohngeld: Zuschuss zur Miete", "Kitaplatz: Kindergarten anmelden"},
		{embed.Page, "Wohngeld in Lemgo", "Wohngeld in Lage"},
	} {
		if near, apart := cosine(ask, vector(test.near, test.kind)), cosine(ask, vector(test.apart, test.kind)); near <= apart {
			t.Errorf("%s: %q is at %.3f, %q at %.3f", test.kind, test.near, near, test.apart, apart)
		}
	}
	if v := vector("…", embed.Query); v != nil {
		t.Errorf("a text without letters has the vector %v", v)
	}
	if v := vector("xyzzy", embed.Passage); v != nil {
		t.Errorf("an unknown passage has the vector %v", v)
	}
	if got := cosine(vector("xyzzy", embed.Query), vector("xyzzy", embed.Page)); got < 0.999 {
		t.Errorf("a page that says an unknown word has cosine %v with it, want 1", got)
	}
	if b.Name() != "built-in/2/7" {
		t.Errorf("name %q", b.Name())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Embed(ctx, []string{"a"}, embed.Query); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

func cosine(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func FuzzRead(f *testing.F) {
	whole := written(f, small(f, embed.Options{}))
	f.Add(whole)
	f.Add(whole[:60])
	f.Add([]byte("LOTSEMDL"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := embed.Read(bytes.NewReader(data), nil)
		if err == nil {
			m.Route("Wohngeld")
		}
	})
}
