package knowledge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lotse/knowledge/embed"
)

// ImportOptions are the options of [Base.Import].
type ImportOptions struct {
	DryRun   bool                             // only tell what would change
	Progress func(step string, share float64) // may be nil; share goes from 0 to 1 in each step
}

// InvalidError is returned when a knowledge base can't be imported. Nothing was changed.
type InvalidError struct {
	Faults []Fault // those that aren't warnings
}

// Error tells how many faults there are, and the first.
func (e *InvalidError) Error() string {
	if len(e.Faults) == 1 {
		return "knowledge base is not valid: " + e.Faults[0].Text
	}
	return fmt.Sprintf("knowledge base is not valid: %s (and %d more faults)", e.Faults[0].Text, len(e.Faults)-1)
}

// errChanged says that somebody else changed the knowledge base meanwhile.
var errChanged = errors.New("knowledge base was changed meanwhile")

// importAttempts is how often an import starts again because of [errChanged].
const importAttempts = 3

// Import makes the knowledge base what d says: all of it, or nothing when the error isn't nil. Importing
// the same again changes nothing and is quick. Review dates are never made older: those in the database
// stay, since an import is no review.
//
// Training and embedding come before the transaction; programs that run go on with the old knowledge
// until it commits, and take over the new one then. Without [Options.Embedder] answering, passages have
// no vectors for the time being ([Diff.Missing]) and [Base.Run] makes them later.
func (b *Base) Import(ctx context.Context, d Data, opts ImportOptions) (Diff, error) {
	var invalid []Fault
	for _, f := range Check(d) {
		if !f.Warning {
			invalid = append(invalid, f)
		}
	}
	if len(invalid) > 0 {
		return Diff{}, &InvalidError{invalid}
	}
	if opts.Progress == nil {
		opts.Progress = func(string, float64) {}
	}
	for attempt := 1; ; attempt++ {
		diff, err := b.importOnce(ctx, d, opts)
		if err == nil || !errors.Is(err, errChanged) || attempt == importAttempts {
			return diff, err
		}
	}
}

// importPlan is all that an import writes.
type importPlan struct {
	from     *stored
	to       Data
	changes  *changeSet
	wanted   []passage
	passages *passagePlan
	terms    *termIndex
	model    *trained // nil: to be trained; afterwards: too few examples for it
	newModel bool     // it isn't stored yet
}

func (p *importPlan) nothing() bool {
	return p.changes.Empty() && len(p.passages.write) == 0 && len(p.passages.gone) == 0 &&
		len(p.passages.vectors) == 0 && !p.newModel
}

func (b *Base) importOnce(ctx context.Context, d Data, opts ImportOptions) (Diff, error) {
	var p *importPlan
	err := pgx.BeginTxFunc(ctx, b.pool, readOnly(), func(tx pgx.Tx) (err error) {
		p, err = b.plan(ctx, tx, d)
		return err
	})
	if err != nil {
		return Diff{}, fmt.Errorf("plan import: %w", err)
	}
	p.changes.Version = p.from.version
	if opts.DryRun {
		return p.changes.Diff, nil
	}
	if err := b.prepare(ctx, p, opts); err != nil {
		return Diff{}, err
	}
	if p.nothing() {
		return p.changes.Diff, nil
	}
	opts.Progress("write", 0)
	err = pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) (err error) {
		p.changes.Version, err = p.write(ctx, tx)
		return err
	})
	if err != nil {
		return Diff{}, fmt.Errorf("import: %w", err)
	}
	opts.Progress("write", 1)
	return p.changes.Diff, nil
}

// plan finds out what changes. It only reads.
func (b *Base) plan(ctx context.Context, tx pgx.Tx, d Data) (*importPlan, error) {
	from, err := readAll(ctx, tx)
	if err != nil {
		return nil, err
	}
	p := &importPlan{from: from, to: keepReviews(from.data, d), terms: newTermIndex(d)}
	p.changes = compare(from.data, p.to)
	p.wanted = passagesOf(p.to)
	p.passages, err = planPassages(ctx, tx, p.wanted, from.terms != p.terms.key)
	if err != nil {
		return nil, err
	}
	if err := b.planModel(ctx, tx, p); err != nil {
		return nil, err
	}
	name := embed.NewBuiltIn(nil, modelKey(p.to)).Name()
	if b.embedder != nil {
		name = b.embedder.Name()
	}
	return p, p.passages.planVectors(ctx, tx, name, p.wanted)
}

// planModel takes the stored model if it was trained with the same.
func (b *Base) planModel(ctx context.Context, tx pgx.Tx, p *importPlan) (err error) {
	key := modelKey(p.to)
	if p.model, err = readModel(ctx, tx, p.to, loadModel, key); err != nil {
		if ctx.Err() != nil {
			return err
		}
		b.log.WarnContext(ctx, "stored router can't be read and is trained again", "error", err)
	}
	if p.model == nil {
		p.newModel, p.changes.Trained = true, true
	}
	return nil
}

// prepare trains and embeds what the plan needs.
func (b *Base) prepare(ctx context.Context, p *importPlan, opts ImportOptions) error {
	if p.newModel {
		m, err := Train(ctx, p.to, func(share float64) { opts.Progress("train", share) })
		switch {
		case errors.Is(err, embed.ErrTooFew):
			p.newModel, p.changes.Trained = false, false
		case err != nil:
			return err
		default:
			p.model = &trained{modelKey(p.to), m}
		}
	}
	e := b.embedderFor(p.model)
	if e == nil {
		p.passages.missing = len(p.passages.unembedded)
		return nil
	}
	err := p.passages.embed(ctx, e, func(share float64) { opts.Progress("embed", share) })
	if ctx.Err() != nil {
		return fmt.Errorf("embed passages: %w", ctx.Err())
	}
	if err != nil {
		b.log.WarnContext(ctx, "passages are without vectors for now", "error", err, "missing", p.passages.missing)
	}
	p.changes.Embedded, p.changes.Missing = len(p.passages.vectors), p.passages.missing
	return nil
}

const (
	lockVersion = `
SELECT version
FROM knowledge_version
FOR UPDATE`

	setVersion = `
UPDATE knowledge_version
SET version = $1, terms = $2, changed_at = now()`

	// [Base.Run] listens to it.
	notifyChange = `
SELECT pg_notify('lotse_knowledge', '')`
)

// write does what was planned, and returns the new version.
func (p *importPlan) write(ctx context.Context, tx pgx.Tx) (int64, error) {
	var version int64
	if err := tx.QueryRow(ctx, lockVersion).Scan(&version); err != nil {
		return 0, fmt.Errorf("lock knowledge base: %w", err)
	}
	if version != p.from.version {
		return 0, errChanged
	}
	version++
	if err := p.changes.apply(ctx, tx, p.from.data, p.to); err != nil {
		return 0, err
	}
	if err := p.passages.apply(ctx, tx, p.terms); err != nil {
		return 0, err
	}
	if err := p.writeModel(ctx, tx, version); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, setVersion, version, p.terms.key); err != nil {
		return 0, fmt.Errorf("set version of the knowledge base: %w", err)
	}
	if _, err := tx.Exec(ctx, notifyChange); err != nil {
		return 0, fmt.Errorf("tell of the new version: %w", err)
	}
	return version, nil
}

func (p *importPlan) writeModel(ctx context.Context, tx pgx.Tx, version int64) error {
	if p.model == nil || !p.newModel {
		return nil
	}
	var weights bytes.Buffer
	if _, err := p.model.model.WriteTo(&weights); err != nil {
		return fmt.Errorf("store router: %w", err)
	}
	if _, err := tx.Exec(ctx, insertModel, p.model.key, version, weights.Bytes()); err != nil {
		return fmt.Errorf("store router: %w", err)
	}
	if _, err := tx.Exec(ctx, deleteOtherModels, p.model.key); err != nil {
		return fmt.Errorf("delete old routers: %w", err)
	}
	return nil
}

// keepReviews returns d with the later of the review dates of both.
func keepReviews(from, d Data) Data {
	offices := index(from.Offices, func(o Office) string { return o.ID })
	topics := index(from.Topics, func(t Topic) string { return t.ID })
	d.Offices = append([]Office(nil), d.Offices...)
	for i := range d.Offices {
		if old, ok := lookup(from.Offices, offices, d.Offices[i].ID); ok {
			d.Offices[i].Review.ReviewedAt = later(old.Review.ReviewedAt, d.Offices[i].Review.ReviewedAt)
		}
	}
	d.Topics = append([]Topic(nil), d.Topics...)
	for i := range d.Topics {
		if old, ok := lookup(from.Topics, topics, d.Topics[i].ID); ok {
			d.Topics[i].Review.ReviewedAt = later(old.Review.ReviewedAt, d.Topics[i].Review.ReviewedAt)
		}
	}
	return d
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Summary tells in one line what an import did.
func (d Diff) Summary() string {
	parts := []string{fmt.Sprintf("version %d", d.Version)}
	if d.Empty() {
		parts = append(parts, "no changes")
	} else {
		parts = append(parts, fmt.Sprintf("%d changes", len(d.Changes)))
	}
	if d.Trained {
		parts = append(parts, "router trained")
	}
	if d.Embedded > 0 {
		parts = append(parts, fmt.Sprintf("%d texts embedded", d.Embedded))
	}
	if d.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%d texts wait for the embedder", d.Missing))
	}
	return strings.Join(parts, ", ")
}
