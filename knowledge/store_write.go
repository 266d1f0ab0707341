package knowledge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	upsertArea = `
INSERT INTO areas (code, name, also, inside, everyday_word, ord)
VALUES ($1, $2, $3, nullif($4, ''), $5, $6)
ON CONFLICT (code) DO UPDATE
SET name = excluded.name, also = excluded.also, inside = excluded.inside,
    everyday_word = excluded.everyday_word, ord = excluded.ord`

	upsertLegalArea = `
INSERT INTO legal_areas (id, title, ord)
VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE
SET title = excluded.title, ord = excluded.ord`

	upsertKind = `
INSERT INTO kinds (id, title, ord)
VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE
SET title = excluded.title, ord = excluded.ord`

	upsertFact = `
INSERT INTO facts (id, ask, areas, ord)
VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE
SET ask = excluded.ask, areas = excluded.areas, ord = excluded.ord`

	deleteFactValues = `
DELETE FROM fact_values
WHERE fact = $1`

	insertFactValue = `
INSERT INTO fact_values (fact, id, title, unless_said, ord)
VALUES ($1, $2, $3, $4, $5)`

	deleteOfficeAreas = `
DELETE FROM office_areas
WHERE office = $1`

	deleteOfficeLegalAreas = `
DELETE FROM office_legal_areas
WHERE office = $1`

	upsertOffice = `
INSERT INTO offices (id, kind, name, phone, email, web, street, postcode, city, hours, appointment,
                     source, reviewed_at, review_days, ord)
VALUES ($1, nullif($2, ''), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (id) DO UPDATE
SET kind = excluded.kind, name = excluded.name, phone = excluded.phone, email = excluded.email,
    web = excluded.web, street = excluded.street, postcode = excluded.postcode, city = excluded.city,
    hours = excluded.hours, appointment = excluded.appointment, source = excluded.source,
    reviewed_at = excluded.reviewed_at, review_days = excluded.review_days, ord = excluded.ord`

	insertOfficeArea = `
INSERT INTO office_areas (office, area, kind, ord)
VALUES ($1, $2, nullif($3, ''), $4)`

	insertOfficeLegalArea = `
INSERT INTO office_legal_areas (office, legal_area, ord)
VALUES ($1, $2, $3)`

	upsertTopic = `
INSERT INTO topics (id, title, synonyms, legal_area, basis, urgent, bring,
                    source, reviewed_at, review_days, ord)
VALUES ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE
SET title = excluded.title, synonyms = excluded.synonyms, legal_area = excluded.legal_area,
    basis = excluded.basis, urgent = excluded.urgent, bring = excluded.bring, source = excluded.source,
    reviewed_at = excluded.reviewed_at, review_days = excluded.review_days, ord = excluded.ord`

	deleteRules = `
DELETE FROM rules
WHERE topic = $1`

	// Check makes sure that no ID is both an office's and a kind's.
	insertRule = `
INSERT INTO rules (topic, position, conditions, office, kind, legal_area, basis, valid_from, valid_to)
VALUES ($1, $2, $3,
        (SELECT id FROM offices WHERE id = $4), (SELECT id FROM kinds WHERE id = $4),
        nullif($5, ''), $6, $7, $8)`

	deleteExamples = `
DELETE FROM examples e
USING unnest($1::text[], $2::text[]) AS gone (lang, text)
WHERE e.lang = gone.lang AND e.text = gone.text`

	deleteWords = `
DELETE FROM fact_words w
WHERE w.lang || '/' || w.list || '/' || w.fact || '/' || w.value = ANY ($1)`

	insertWords = `
INSERT INTO fact_words (lang, list, fact, value, words)
VALUES ($1, $2, $3, $4, $5)`

	deleteAreas      = `DELETE FROM areas WHERE code = ANY ($1)`
	deleteLegalAreas = `DELETE FROM legal_areas WHERE id = ANY ($1)`
	deleteFacts      = `DELETE FROM facts WHERE id = ANY ($1)`
	deleteKinds      = `DELETE FROM kinds WHERE id = ANY ($1)`
	deleteOffices    = `DELETE FROM offices WHERE id = ANY ($1)`
	deleteTopics     = `DELETE FROM topics WHERE id = ANY ($1)`
)

// apply writes the changes. References are checked when the transaction ends.
func (c *changeSet) apply(ctx context.Context, tx pgx.Tx, from, to Data) error {
	b := &pgx.Batch{}
	c.queueDeletes(b)
	c.queueLists(b, to)
	c.queueOffices(b, to)
	c.queueTopics(b, to)
	c.queueWords(b, to)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("write knowledge base: %w", err)
	}
	return writeExamples(ctx, tx, from, to)
}

func (c *changeSet) queueDeletes(b *pgx.Batch) {
	for _, d := range []struct{ table, sql string }{
		{"topics", deleteTopics},
		{"offices", deleteOffices},
		{"kinds", deleteKinds},
		{"facts", deleteFacts},
		{"legal_areas", deleteLegalAreas},
		{"areas", deleteAreas},
		{"fact_words", deleteWords},
	} {
		if ids := c.removed[d.table]; len(ids) > 0 {
			b.Queue(d.sql, ids)
		}
	}
}

func (c *changeSet) queueLists(b *pgx.Batch, d Data) {
	for i, a := range d.Areas {
		if c.write["areas"][a.Code] {
			b.Queue(upsertArea, a.Code, a.Name, orEmpty(a.Also), a.In, a.EverydayWord, i)
		}
	}
	for i, l := range d.LegalAreas {
		if c.write["legal_areas"][l.ID] {
			b.Queue(upsertLegalArea, l.ID, l.Title, i)
		}
	}
	for i, k := range d.Kinds {
		if c.write["kinds"][k.ID] {
			b.Queue(upsertKind, k.ID, k.Title, i)
		}
	}
	for i, f := range d.Facts {
		if !c.write["facts"][f.ID] {
			continue
		}
		b.Queue(upsertFact, f.ID, f.Ask, f.Areas, i)
		b.Queue(deleteFactValues, f.ID)
		for n, v := range f.Values {
			b.Queue(insertFactValue, f.ID, v.ID, v.Title, v.UnlessSaid, n)
		}
	}
}

// queueOffices first takes away what the changed offices served, so that one may serve what another
// did before.
func (c *changeSet) queueOffices(b *pgx.Batch, d Data) {
	write := c.write["offices"]
	for _, o := range d.Offices {
		if write[o.ID] {
			b.Queue(deleteOfficeAreas, o.ID)
			b.Queue(deleteOfficeLegalAreas, o.ID)
		}
	}
	for i, o := range d.Offices {
		if !write[o.ID] {
			continue
		}
		b.Queue(upsertOffice, o.ID, o.Kind, o.Name, o.Phone, o.Email, o.Web, o.Street, o.Postcode, o.City,
			orEmptyMap(o.Hours), orEmptyMap(o.Appointment),
			o.Review.Source, orNull(o.Review.ReviewedAt), days(o.Review.Every), i)
		for n, code := range o.Serves {
			b.Queue(insertOfficeArea, o.ID, code, o.Kind, n)
		}
		for n, law := range o.Law {
			b.Queue(insertOfficeLegalArea, o.ID, law, n)
		}
	}
}

func (c *changeSet) queueTopics(b *pgx.Batch, d Data) {
	for i, t := range d.Topics {
		if !c.write["topics"][t.ID] {
			continue
		}
		b.Queue(upsertTopic, t.ID, t.Title, orEmptyMap(t.Synonyms), t.Law, t.Basis,
			orEmptyMap(t.Urgent), orEmptyMap(t.Bring),
			t.Review.Source, orNull(t.Review.ReviewedAt), days(t.Review.Every), i)
	}
	// After the topics, since a rule of one may have been deleted with another by now.
	for _, t := range d.Topics {
		if !c.write["topics"][t.ID] {
			continue
		}
		b.Queue(deleteRules, t.ID)
		for n, r := range t.Rules {
			b.Queue(insertRule, t.ID, n, orEmptyMap(r.When), r.To, r.Law, r.Basis, orNull(r.From), orNull(r.Until))
		}
	}
}

func (c *changeSet) queueWords(b *pgx.Batch, d Data) {
	for _, r := range wordRows(d.Words) {
		if c.write["fact_words"][r.key()] {
			b.Queue(deleteWords, []string{r.key()})
			b.Queue(insertWords, r.Lang, r.List, r.Fact, r.Value, r.Words)
		}
	}
}

// writeExamples removes what is gone or has another topic, and copies what is new: by thousands, one
// statement each would take minutes.
func writeExamples(ctx context.Context, tx pgx.Tx, from, to Data) error {
	is := make(map[Example]bool)
	for _, e := range allExamples(to) {
		is[e] = true
	}
	was := make(map[Example]bool)
	var langs, texts []string
	for _, e := range allExamples(from) {
		was[e] = true
		if !is[e] {
			langs, texts = append(langs, e.Lang), append(texts, e.Text)
		}
	}
	if len(texts) > 0 {
		if _, err := tx.Exec(ctx, deleteExamples, langs, texts); err != nil {
			return fmt.Errorf("delete examples: %w", err)
		}
	}
	var added [][]any
	for _, e := range allExamples(to) {
		if !was[e] {
			added = append(added, []any{nullable(e.Topic), e.Lang, e.Text})
		}
	}
	columns := []string{"topic", "lang", "text"}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"examples"}, columns, pgx.CopyFromRows(added)); err != nil {
		return fmt.Errorf("copy examples: %w", err)
	}
	return nil
}

func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func days(every time.Duration) int { return int(every / (24 * time.Hour)) }

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func orEmptyMap[M ~map[string]V, V any](m M) M {
	if m == nil {
		return M{}
	}
	return m
}
