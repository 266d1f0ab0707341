package embed

import (
	"math"
	"slices"
	"unicode/utf8"

	"lotse/knowledge/text"
)

const (
	minGram = 3
	maxGram = 5
	// maxText is how much of a text is looked at. Nobody asks a question of this length; a pasted
	// page must not cost more than a few milliseconds.
	maxText = 16 << 10
)

// FNV-1a. The seed keeps whole words apart from n-grams with the same letters.
const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
	wordSeed  uint64 = fnvOffset ^ 0x9e3779b97f4a7c15
)

func hash(seed uint64, s string) uint64 {
	h := seed
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// feature is a feature of a text by its hash, and how often it occurs there. With 64 bits two
// features among 200,000 share a hash with a probability of one in a billion, so the hash is the feature.
type feature struct {
	hash  uint64
	count int
}

// features returns the features of a text in the order of their hashes, and the words among them.
func features(s string) (all []feature, words []uint64) {
	s = clip(s, maxText)
	ws := text.Words(text.Normalise(s))
	hashes := make([]uint64, 0, 8*len(s))
	for _, w := range ws {
		h := hash(wordSeed, w)
		words = append(words, h)
		hashes = append(hashes, h)
		hashes = appendGrams(hashes, "<"+w+">")
	}
	slices.Sort(hashes)
	for i, h := range hashes {
		if i > 0 && h == hashes[i-1] {
			all[len(all)-1].count++
			continue
		}
		all = append(all, feature{hash: h, count: 1})
	}
	return all, words
}

// appendGrams appends the hashes of the n-grams of characters of w.
func appendGrams(hashes []uint64, w string) []uint64 {
	for start := range w {
		h, n := fnvOffset, 0
		for i := start; i < len(w) && n < maxGram; {
			_, size := utf8.DecodeRuneInString(w[i:])
			for ; size > 0; size-- {
				h = (h ^ uint64(w[i])) * fnvPrime
				i++
			}
			if n++; n >= minGram {
				hashes = append(hashes, h)
			}
		}
	}
	return hashes
}

// clip cuts s to at most n bytes, at the border of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// vector is a sparse vector: indices into the vocabulary, and weights.
type vector struct {
	index  []uint32
	weight []float32
}

// unit scales the vector to length 1; a vector without entries stays as it is.
func (v vector) unit() vector {
	var sum float64
	for _, w := range v.weight {
		sum += float64(w) * float64(w)
	}
	if sum == 0 {
		return v
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range v.weight {
		v.weight[i] *= scale
	}
	return v
}

// bucketBits decides how many buckets the vocabulary has, by the first bits of the hash.
const bucketBits = 14

// vocabulary holds the features that occur in the examples, sorted by hash, with what each is worth.
type vocabulary struct {
	hashes []uint64
	idf    []float32
	first  []uint32 // first[b] is the first hash whose leading bits are b
	rare   float32  // idf of a feature that no example has
}

func newVocabulary(hashes []uint64, idf []float32, rare float32) *vocabulary {
	v := &vocabulary{hashes: hashes, idf: idf, rare: rare, first: make([]uint32, 1<<bucketBits+1)}
	bucket := 0
	for i, h := range hashes {
		for ; bucket <= int(h>>(64-bucketBits)); bucket++ {
			v.first[bucket] = uint32(i)
		}
	}
	for ; bucket < len(v.first); bucket++ {
		v.first[bucket] = uint32(len(hashes)) //nolint:gosec // their number is checked when a model is made or read
	}
	return v
}

// find returns the index of a feature.
func (v *vocabulary) find(h uint64) (index uint32, ok bool) {
	b := h >> (64 - bucketBits)
	lo, hi := v.first[b], v.first[b+1]
	i, ok := slices.BinarySearch(v.hashes[lo:hi], h)
	return lo + uint32(i), ok //nolint:gosec // i is within a bucket
}

// vector weighs the features that are known: (1 + ln tf) · idf, length 1.
func (v *vocabulary) vector(all []feature) vector {
	out := vector{index: make([]uint32, 0, len(all)), weight: make([]float32, 0, len(all))}
	for _, f := range all {
		if i, ok := v.find(f.hash); ok {
			out.index = append(out.index, i)
			out.weight = append(out.weight, tf(f.count)*v.idf[i])
		}
	}
	return out.unit()
}

func tf(count int) float32 { return float32(1 + math.Log(float64(count))) }

// countFeatures makes the vocabulary of texts.
func countFeatures(texts [][]feature) *vocabulary {
	df := make(map[uint64]uint32, 16*len(texts))
	for _, t := range texts {
		for _, f := range t {
			df[f.hash]++
		}
	}
	hashes := make([]uint64, 0, len(df))
	for h := range df {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	idf := make([]float32, len(hashes))
	for i, h := range hashes {
		idf[i] = inverse(len(texts), int(df[h]))
	}
	return newVocabulary(hashes, idf, inverse(len(texts), 0))
}

func inverse(n, df int) float32 { return float32(math.Log(float64(1+n)/float64(1+df)) + 1) }
