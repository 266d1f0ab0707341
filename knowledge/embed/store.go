package embed

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
)

// The layout of a stored model, all numbers little-endian:
//
//	header, its CRC-32C, labels as JSON, hashes, idf, bias, scales and rows of the softmax, scales and rows
//	of the vectors, output layer, CRC-32C of everything before it
const (
	magic = "LOTSEMDL"
	// formatVersion changes with the layout, and with everything that makes the features of a text:
	// weights that were trained for other features are worth nothing.
	formatVersion = 1
	maxLabels     = 1 << 12
	maxLabelBytes = 1 << 20
	// trusted is how much memory is taken at once on the word of the header, which may be forged.
	trusted = 64 << 20
)

// Errors of [Read]. A model that can't be read is trained again.
var (
	ErrFormat  = errors.New("not a model")
	ErrVersion = errors.New("model is of another version")
	ErrDamaged = errors.New("model is damaged")
)

type header struct {
	Magic     [8]byte
	Version   uint32
	Features  uint32
	Labels    uint32
	Dim       uint32
	Names     uint32 // bytes of the labels' JSON
	Threshold float32
	Rare      float32
}

// WriteTo writes the model so that [Read] can read it again.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	names, err := json.Marshal(m.labels)
	if err != nil {
		return 0, fmt.Errorf("write model: %w", err)
	}
	h := header{
		Version: formatVersion, Features: count(m.vocab.hashes), Labels: count(m.labels), Dim: Dim,
		Names: count(names), Threshold: m.threshold, Rare: m.vocab.rare,
	}
	copy(h.Magic[:], magic)
	out := &summed{w: bufio.NewWriterSize(w, 1<<16)}
	out.number(h)
	out.number(out.sum)
	out.bytes(names)
	out.number(m.vocab.hashes)
	for _, f := range [][]float32{m.vocab.idf, m.bias, m.soft.scale} {
		out.number(f)
	}
	out.bytes(m.soft.data)
	out.number(m.rows.scale)
	out.bytes(m.rows.data)
	out.number(m.out.data)
	out.number(out.sum)
	if out.err == nil {
		out.err = out.w.Flush()
	}
	if out.err != nil {
		return out.n, fmt.Errorf("write model: %w", out.err)
	}
	return out.n, nil
}

func count[T any](s []T) uint32 { return uint32(len(s)) } //nolint:gosec // bounded when a model is made

// summed writes and keeps count, checksum and the first error.
type summed struct {
	w   *bufio.Writer
	n   int64
	sum uint32
	err error
}

func (s *summed) bytes(p []byte) {
	if s.err != nil {
		return
	}
	s.sum = crc32.Update(s.sum, castagnoli(), p)
	n, err := s.w.Write(p)
	s.n += int64(n)
	s.err = err
}

func (s *summed) number(data any) {
	p, err := binary.Append(nil, binary.LittleEndian, data)
	if err != nil && s.err == nil {
		s.err = err
	}
	s.bytes(p)
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Read reads a model that [Model.WriteTo] wrote. Prepare must be the function that the model was
// trained with ([Options.Prepare]). The error wraps [ErrFormat], [ErrVersion] or [ErrDamaged] when
// the model is unusable, else it is the reader's.
func Read(r io.Reader, prepare func(string) string) (*Model, error) {
	m, err := read(r)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	m.prepare = prepare
	return m, nil
}

func read(r io.Reader) (*Model, error) {
	in := &reader{r: bufio.NewReaderSize(r, 1<<16)}
	h, err := in.header()
	if err != nil {
		return nil, err
	}
	features, outputs := int(h.Features), int(h.Labels)+1
	m := &Model{threshold: h.Threshold}
	names := in.bytes(int(h.Names))
	hashes := in.hashes(features)
	idf := in.floats(features)
	m.bias = in.floats(outputs)
	m.soft = packed{cols: outputs, scale: in.floats(features), data: in.bytes(features * outputs)}
	m.rows = packed{cols: Dim, scale: in.floats(features), data: in.bytes(features * Dim)}
	m.out = weights{cols: Dim, data: in.floats(outputs * Dim)}
	if err := in.end(); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(names, &m.labels); err != nil || len(m.labels) != int(h.Labels) {
		return nil, fmt.Errorf("%w: labels", ErrDamaged)
	}
	if !slices.IsSorted(hashes) {
		return nil, fmt.Errorf("%w: vocabulary", ErrDamaged)
	}
	m.vocab = newVocabulary(hashes, idf, h.Rare)
	return m, nil
}

// reader reads and keeps the checksum and the first error; after one it returns nothing.
type reader struct {
	r   *bufio.Reader
	sum uint32
	err error
}

func (in *reader) header() (header, error) {
	var h header
	raw := in.bytes(binary.Size(h))
	sum := in.sum
	stored := in.bytes(4)
	if in.err != nil {
		return h, in.failed(ErrFormat)
	}
	if _, err := binary.Decode(raw, binary.LittleEndian, &h); err != nil {
		return h, err
	}
	switch {
	case string(h.Magic[:]) != magic:
		return h, ErrFormat
	case h.Version != formatVersion:
		return h, fmt.Errorf("%w: %d, this program reads %d", ErrVersion, h.Version, formatVersion)
	case binary.LittleEndian.Uint32(stored) != sum:
		return h, fmt.Errorf("%w: header", ErrDamaged)
	case h.Dim != Dim || h.Features > maxFeatures || h.Labels > maxLabels || h.Names > maxLabelBytes:
		return h, fmt.Errorf("%w: sizes", ErrDamaged)
	}
	return h, nil
}

// bytes returns the next n bytes.
func (in *reader) bytes(n int) []byte {
	if in.err != nil {
		return nil
	}
	out := make([]byte, 0, min(n, trusted))
	for len(out) < n {
		at := len(out)
		out = slices.Grow(out, min(n-at, trusted))
		out = out[:min(n, cap(out))]
		if _, in.err = io.ReadFull(in.r, out[at:]); in.err != nil {
			return nil
		}
	}
	in.sum = crc32.Update(in.sum, castagnoli(), out)
	return out
}

func (in *reader) hashes(n int) []uint64 {
	raw := in.bytes(8 * n)
	out := make([]uint64, len(raw)/8)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(raw[8*i:])
	}
	return out
}

func (in *reader) floats(n int) []float32 {
	raw := in.bytes(4 * n)
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

// end checks the checksum of everything, and that nothing follows.
func (in *reader) end() error {
	sum := in.sum
	stored := in.bytes(4)
	if in.err != nil {
		return in.failed(ErrDamaged)
	}
	if binary.LittleEndian.Uint32(stored) != sum {
		return fmt.Errorf("%w: checksum", ErrDamaged)
	}
	if _, err := in.r.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows", ErrDamaged)
	}
	return nil
}

// failed tells a file that is too short from a reader that fails.
func (in *reader) failed(short error) error {
	if errors.Is(in.err, io.EOF) || errors.Is(in.err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", short)
	}
	return in.err
}
