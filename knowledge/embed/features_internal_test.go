package embed

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFeaturesOfAWord(t *testing.T) {
	t.Parallel()
	all, words := features("Süß süss")
	var want []uint64
	for _, g := range []string{"<su", "sus", "uss", "ss>", "<sus", "suss", "uss>", "<suss", "suss>"} {
		want = append(want, hash(fnvOffset, g))
	}
	want = append(want, hash(wordSeed, "suss"))
	slices.Sort(want)
	var got []uint64
	for _, f := range all {
		got = append(got, f.hash)
		if f.count != 2 {
			t.Errorf("a feature of a word that occurs twice has count %d", f.count)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if len(words) != 2 || words[0] != words[1] {
		t.Errorf("words %v", words)
	}
}

// TestFeaturesAreThoseOfStoredModels fails when the features of a text change. Then raise formatVersion:
// models that are stored were trained for other features.
func TestFeaturesAreThoseOfStoredModels(t *testing.T) {
	t.Parallel()
	var sum uint64
	for _, s := range []string{
		"Wo verlängere ich meine Aufenthaltserlaubnis in Lügde, § 24 Abs. 3?", "straße STRASSE Straẞe aerger",
		"أين أمدد إقامتي؟", "کجا باید اقامتم را تمدید کنم", "Де продовжити посвідку?", "Где продлить ВНЖ 2025",
		"İkamet iznimi nerede uzatırım", "Gdzie przedłużę zezwolenie", "ŷ̂̂ ﬁ ½ ١٢٣", "",
	} {
		all, _ := features(s)
		for i, f := range all {
			sum = sum*31 + f.hash*uint64(f.count) + uint64(i)
		}
	}
	if sum != 0xa95524a492e937a6 {
		t.Errorf("the features have changed: sum %#x; version %d", sum, formatVersion)
	}
}

func TestVectorsHaveLengthOne(t *testing.T) {
	t.Parallel()
	var texts [][]feature
	for _, s := range []string{"ein Haus", "zwei Häuser", "ein Amt"} {
		all, _ := features(s)
		texts = append(texts, all)
	}
	v := countFeatures(texts)
	for _, x := range texts {
		var sum float64
		for _, w := range v.vector(x).weight {
			sum += float64(w * w)
		}
		if math.Abs(sum-1) > 1e-5 {
			t.Errorf("length² %v", sum)
		}
	}
	if _, ok := v.find(hash(wordSeed, "haus")); !ok {
		t.Error("a word of an example isn't found")
	}
	if _, ok := v.find(hash(fnvOffset, "haus")); !ok {
		t.Error("an n-gram of an example isn't found")
	}
	for _, h := range []uint64{0, 1, math.MaxUint64} {
		if _, ok := v.find(h); ok {
			t.Errorf("%#x is found", h)
		}
	}
}

func FuzzFeatures(f *testing.F) {
	for _, s := range []string{"", "Wohngeld", "\xff\xfe", strings.Repeat("ä", 9), "a\u0308\u200c١"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, words := features(s)
		if !slices.IsSortedFunc(all, func(a, b feature) int {
			if a.hash < b.hash {
				return -1
			}
			return 1
		}) {
			t.Error("not sorted, or a feature twice")
		}
		if len(words) > 0 && len(all) == 0 {
			t.Error("words, but no features")
		}
		if c := clip(s, 7); len(c) > 7 || !strings.HasPrefix(s, c) || utf8.ValidString(s) && !utf8.ValidString(c) {
			t.Errorf("clip(%q) = %q", s, c)
		}
	})
}
