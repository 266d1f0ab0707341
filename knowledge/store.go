package knowledge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lotse/knowledge/rules"
	"lotse/knowledge/text"
)

// querier is what reading needs: a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

const (
	selectVersion = `
SELECT version, terms
FROM knowledge_version`

	selectAreas = `
SELECT code, name, also, coalesce(inside, '') AS inside, everyday_word
FROM areas
ORDER BY ord, code`

	selectLegalAreas = `
SELECT id, title
FROM legal_areas
ORDER BY ord, id`

	selectFacts = `
SELECT id, ask, areas
FROM facts
ORDER BY ord, id`

	selectFactValues = `
SELECT fact, id, title, unless_said
FROM fact_values
ORDER BY fact, ord, id`

	selectKinds = `
SELECT id, title
FROM kinds
ORDER BY ord, id`

	selectOffices = `
SELECT id, coalesce(kind, '') AS kind, name, phone, email, web, street, postcode, city, hours, appointment,
       source, reviewed_at, review_days,
       ARRAY(SELECT area FROM office_areas a WHERE a.office = o.id ORDER BY a.ord) AS serves,
       ARRAY(SELECT legal_area FROM office_legal_areas l WHERE l.office = o.id ORDER BY l.ord) AS law
FROM offices o
ORDER BY ord, id`

	selectTopics = `
SELECT id, title, synonyms, coalesce(legal_area, '') AS law, basis, urgent, bring,
       source, reviewed_at, review_days
FROM topics
ORDER BY ord, id`

	selectRules = `
SELECT topic, conditions, coalesce(office, kind) AS leads_to, coalesce(legal_area, '') AS law, basis,
       valid_from, valid_to
FROM rules
ORDER BY topic, position`

	selectExamples = `
SELECT coalesce(topic, '') AS topic, lang, text
FROM examples
ORDER BY lang COLLATE "C", id`

	selectFactWords = `
SELECT lang, list, fact, value, words
FROM fact_words`
)

// rows reads all rows of a query into structs by the names of their columns.
func rows[T any](ctx context.Context, q querier, what, sql string) ([]T, error) {
	r, err := q.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	out, err := pgx.CollectRows(r, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return out, nil
}

// stored is what the database holds.
type stored struct {
	data    Data
	version int64
	terms   string // which parts of words the terms of passages were made with
}

// readAll reads the whole knowledge base. Give it a transaction that sees one state (repeatable read).
func readAll(ctx context.Context, q querier) (*stored, error) {
	s := &stored{}
	if err := q.QueryRow(ctx, selectVersion).Scan(&s.version, &s.terms); err != nil {
		return nil, fmt.Errorf("read version of the knowledge base: %w", err)
	}
	for _, read := range []func(context.Context, querier, *Data) error{
		readLists, readFacts, readOffices, readTopics, readExamples, readWords,
	} {
		if err := read(ctx, q, &s.data); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func readLists(ctx context.Context, q querier, d *Data) error {
	type area struct {
		Code, Name   string
		Also         []string
		Inside       string
		EverydayWord bool
	}
	type titled struct {
		ID    string
		Title Texts
	}
	areas, err := rows[area](ctx, q, "areas", selectAreas)
	if err != nil {
		return err
	}
	for _, a := range areas {
		d.Areas = append(d.Areas, Area{a.Code, a.Name, orNil(a.Also), a.Inside, a.EverydayWord})
	}
	laws, err := rows[titled](ctx, q, "legal areas", selectLegalAreas)
	if err != nil {
		return err
	}
	for _, l := range laws {
		d.LegalAreas = append(d.LegalAreas, LegalArea(l))
	}
	kinds, err := rows[titled](ctx, q, "kinds", selectKinds)
	if err != nil {
		return err
	}
	for _, k := range kinds {
		d.Kinds = append(d.Kinds, Kind(k))
	}
	return nil
}

func readFacts(ctx context.Context, q querier, d *Data) error {
	type fact struct {
		ID    string
		Ask   Texts
		Areas bool
	}
	type value struct {
		Fact, ID   string
		Title      Texts
		UnlessSaid bool
	}
	values, err := rows[value](ctx, q, "values of facts", selectFactValues)
	if err != nil {
		return err
	}
	of := map[string][]FactValue{}
	for _, v := range values {
		of[v.Fact] = append(of[v.Fact], FactValue{v.ID, v.Title, v.UnlessSaid})
	}
	facts, err := rows[fact](ctx, q, "facts", selectFacts)
	if err != nil {
		return err
	}
	for _, f := range facts {
		d.Facts = append(d.Facts, Fact{ID: f.ID, Ask: f.Ask, Values: of[f.ID], Areas: f.Areas})
	}
	return nil
}

// reviewRow is the part of a row that says where an entry comes from.
type reviewRow struct {
	Source     string
	ReviewedAt *time.Time
	ReviewDays int
}

func (r reviewRow) review() Review {
	return Review{Source: r.Source, ReviewedAt: day(r.ReviewedAt), Every: time.Duration(r.ReviewDays) * 24 * time.Hour}
}

func day(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return Day(*t)
}

func readOffices(ctx context.Context, q querier, d *Data) error {
	type office struct {
		ID, Kind                                  string
		Name                                      Texts
		Phone, Email, Web, Street, Postcode, City string
		Hours, Appointment                        Texts
		Serves, Law                               []string
		reviewRow
	}
	list, err := rows[office](ctx, q, "offices", selectOffices)
	if err != nil {
		return err
	}
	for _, o := range list {
		d.Offices = append(d.Offices, Office{
			ID: o.ID, Kind: o.Kind, Name: o.Name, Serves: orNil(o.Serves), Law: orNil(o.Law),
			Phone: o.Phone, Email: o.Email, Web: o.Web, Street: o.Street, Postcode: o.Postcode, City: o.City,
			Hours: noneIfEmpty(o.Hours), Appointment: noneIfEmpty(o.Appointment), Review: o.review(),
		})
	}
	return nil
}

func readTopics(ctx context.Context, q querier, d *Data) error {
	type topic struct {
		ID            string
		Title         Texts
		Synonyms      map[string][]string
		Law, Basis    string
		Urgent, Bring Texts
		reviewRow
	}
	type rule struct {
		Topic              string
		Conditions         map[string][]string
		LeadsTo            string
		Law, Basis         string
		ValidFrom, ValidTo *time.Time
	}
	list, err := rows[rule](ctx, q, "rules", selectRules)
	if err != nil {
		return err
	}
	of := map[string][]rules.Rule{}
	for _, r := range list {
		of[r.Topic] = append(of[r.Topic], rules.Rule{
			When: noneIfEmpty(r.Conditions), To: r.LeadsTo, Law: r.Law, Basis: r.Basis,
			From: day(r.ValidFrom), Until: day(r.ValidTo),
		})
	}
	topics, err := rows[topic](ctx, q, "topics", selectTopics)
	if err != nil {
		return err
	}
	for _, t := range topics {
		d.Topics = append(d.Topics, Topic{
			ID: t.ID, Title: t.Title, Synonyms: noneIfEmpty(t.Synonyms), Law: t.Law, Basis: t.Basis,
			Urgent: noneIfEmpty(t.Urgent), Bring: noneIfEmpty(t.Bring), Rules: of[t.ID], Review: t.review(),
		})
	}
	return nil
}

func readExamples(ctx context.Context, q querier, d *Data) error {
	list, err := rows[Example](ctx, q, "examples", selectExamples)
	if err != nil {
		return err
	}
	at := index(d.Topics, func(t Topic) string { return t.ID })
	for _, e := range list {
		if i, ok := at[e.Topic]; ok {
			d.Topics[i].Examples = append(d.Topics[i].Examples, e)
		} else {
			d.Foreign = append(d.Foreign, e)
		}
	}
	return nil
}

func readWords(ctx context.Context, q querier, d *Data) error {
	list, err := rows[wordRow](ctx, q, "words", selectFactWords)
	if err != nil || len(list) == 0 {
		return err
	}
	d.Words = text.Lexicon{}
	for _, r := range list {
		w := d.Words[r.Lang]
		r.addTo(&w)
		d.Words[r.Lang] = w
	}
	return nil
}

func orNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

func noneIfEmpty[M ~map[string]V, V any](m M) M {
	if len(m) == 0 {
		return nil
	}
	return m
}
