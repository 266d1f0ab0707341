package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"
)

const (
	// openFor is how long plain text may answer a question. Reactions and replies may as long as it
	// is open.
	openFor = 14 * 24 * time.Hour
	// besideFor is how long plain text beside the thread may.
	besideFor = time.Hour
	// besideText is the length of such text, in bytes.
	besideText = 40
)

// choiceRow is a question as it is stored.
type choiceRow struct {
	Post     Ref             `db:"post"`
	Thread   id.EventID      `db:"thread"` // resolved
	Handler  string          `db:"handler"`
	Options  []Option        `db:"options"`
	Data     json.RawMessage `db:"data"`
	Lang     string          `db:"lang"`
	Person   id.UserID       `db:"person"`
	Keep     bool            `db:"keep"`
	ClosedAt *time.Time      `db:"closed_at"`
}

func (c choiceRow) choice() Choice {
	return Choice{Handler: c.Handler, Post: c.Post, Options: c.Options, Data: c.Data}
}

func (c choiceRow) closed() bool { return c.ClosedAt != nil }

func (c choiceRow) mayAnswer(user id.UserID) bool { return c.Person == "" || c.Person == user }

// foundChoice is the question that a text may answer.
type foundChoice struct {
	row    choiceRow
	option Option
	found  bool // there is an open question
	taken  bool // and the text is one of its options
	late   bool // the text is an option of a question that is closed
}

// findChoice looks for the question that a text answers: the one that it replies to, else the open
// one of the same conversation, else the only one that the sender was asked in the room lately, since
// clients without threads answer beside them.
func (b *Bot) findChoice(ctx context.Context, m Message, s surroundings, addressed bool) (foundChoice, error) {
	var row choiceRow
	var ok bool
	var err error
	if s.ReplyTxn != "" {
		row, ok, err = b.choiceByPost(ctx, s.ReplyTxn)
	}
	if err == nil && !ok && addressed {
		row, ok, err = b.choiceByPlace(ctx, m)
	}
	if err == nil && !ok && m.Thread == "" && len(m.Text) <= besideText {
		row, ok, err = b.choiceBeside(ctx, m)
	}
	if err != nil || !ok || !row.mayAnswer(m.Sender) {
		return foundChoice{}, err
	}
	option, fits := matchText(row.Options, m.Command)
	if row.closed() {
		return foundChoice{row: row, late: fits}, nil
	}
	return foundChoice{row: row, option: option, found: true, taken: fits}, nil
}

func (b *Bot) choiceByPost(ctx context.Context, post Ref) (choiceRow, bool, error) {
	const query = `
SELECT c.post, coalesce(root.event_id, c.thread) AS thread, c.handler, c.options, c.data, c.lang, c.person, c.keep, c.closed_at
FROM choices c
LEFT JOIN outbox root ON root.txn = nullif(c.thread, '')
WHERE c.post = $1`
	rows, _ := b.pool.Query(ctx, query, post)
	return collectChoice(rows)
}

// choiceByPlace finds the open question of the conversation. A newer question takes plain text over
// from an older one (see insertChoice), so there is only one.
func (b *Bot) choiceByPlace(ctx context.Context, m Message) (choiceRow, bool, error) {
	const query = `
SELECT c.post, coalesce(root.event_id, c.thread) AS thread, c.handler, c.options, c.data, c.lang, c.person, c.keep, c.closed_at
FROM choices c
LEFT JOIN outbox root ON root.txn = nullif(c.thread, '')
WHERE c.room_id = $1
  AND coalesce(root.event_id, c.thread) = $2
  AND ($3 = '' OR c.asker = $3)
  AND c.closed_at IS NULL
  AND c.words
  AND c.created_at > $4
ORDER BY c.seq DESC
LIMIT 1`
	asker := m.Sender
	if m.InDirect || m.Thread != "" {
		asker = ""
	}
	rows, _ := b.pool.Query(ctx, query, m.Room, m.Thread, asker, b.now().Add(-openFor))
	return collectChoice(rows)
}

func (b *Bot) choiceBeside(ctx context.Context, m Message) (choiceRow, bool, error) {
	const query = `
SELECT c.post, coalesce(root.event_id, c.thread) AS thread, c.handler, c.options, c.data, c.lang, c.person, c.keep, c.closed_at
FROM choices c
LEFT JOIN outbox root ON root.txn = nullif(c.thread, '')
WHERE c.room_id = $1 AND c.asker = $2 AND c.closed_at IS NULL AND c.words AND c.created_at > $3
LIMIT 2`
	rows, _ := b.pool.Query(ctx, query, m.Room, m.Sender, b.now().Add(-besideFor))
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[choiceRow])
	if err != nil {
		return choiceRow{}, false, fmt.Errorf("look for the open question: %w", err)
	}
	if len(all) != 1 {
		return choiceRow{}, false, nil
	}
	if _, fits := matchText(all[0].Options, m.Command); !fits {
		return choiceRow{}, false, nil // people talk to each other
	}
	return all[0], true, nil
}

func collectChoice(rows pgx.Rows) (choiceRow, bool, error) {
	row, err := pgx.CollectOneRow(rows, pgx.RowToStructByName[choiceRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("read question: %w", err)
	}
	return row, true, nil
}

// planReaction deals with a reaction: it chooses an option if the post has options. Unknown
// reactions, and those to a closed question, do nothing.
func (b *Bot) planReaction(ctx context.Context, p plan, s surroundings) (plan, error) {
	m := &p.msg
	if s.TargetTxn == "" {
		return p, nil
	}
	m.Thread = s.TargetThread
	p.addressed = true
	row, ok, err := b.choiceByPost(ctx, s.TargetTxn)
	if err != nil {
		return p, err
	}
	if !ok {
		p.handlers = b.router.on[Reacted]
		return p, nil
	}
	i := slices.IndexFunc(row.Options, func(o Option) bool { return foldKey(o.Key) == m.Key && m.Key != "" })
	if i < 0 || row.closed() || !row.mayAnswer(m.Sender) {
		return p, nil
	}
	p.setLang(b, s, row.Lang)
	if !b.withinBudget(&p) {
		return p, nil
	}
	return b.planChosen(ctx, p, foundChoice{row: row, option: row.Options[i]})
}

// planChosen hands an option that was taken to who asked.
func (b *Bot) planChosen(ctx context.Context, p plan, f foundChoice) (plan, error) {
	m := &p.msg
	h := b.router.choices[f.row.Handler]
	if h == nil {
		b.logger(m.Room, m.ID).ErrorContext(ctx, "question of an unknown handler", "handler", f.row.Handler)
		return p, nil
	}
	p.seen = m.Kind
	m.Kind = Chosen
	if m.Thread == "" {
		m.Thread = f.row.Thread
	}
	chosen := f.row.choice()
	chosen.Value = f.option.Value
	m.Choice = &chosen
	m.Role = b.roles.of(ctx, m.Sender, m.Room, m.InDirect, false)
	p.handlers = []Handler{h}
	if !f.row.Keep {
		p.take = f.row.Post
	}
	return p, nil
}

// matchText finds the option that a text names: by its number, its reaction, its label or its words,
// compared folded. A sentence that holds such a word is none; the handler gets it as free text.
func matchText(options []Option, text string) (Option, bool) {
	text = strings.TrimSpace(text)
	key := foldKey(text)
	for _, o := range options {
		if key != "" && foldKey(o.Key) == key {
			return o, true
		}
	}
	if n, ok := numberIn(text); ok {
		return optionNumber(options, n)
	}
	folded := Fold(text)
	if folded == "" {
		return Option{}, false
	}
	for _, o := range options {
		if Fold(o.Label) == folded || slices.ContainsFunc(o.Words, func(w string) bool { return Fold(w) == folded }) {
			return o, true
		}
	}
	return Option{}, false
}

// numberIn reads "2", "2.", "(2)", "nr. 2" and "option 2".
func numberIn(text string) (int, bool) {
	fields := strings.Fields(Fold(text))
	if len(fields) == 2 && slices.Contains([]string{"nr", "nummer", "no", "number", "option"}, fields[0]) {
		fields = fields[1:]
	}
	if len(fields) != 1 {
		return 0, false
	}
	n, err := strconv.Atoi(westernDigits(fields[0]))
	return n, err == nil
}

// westernDigits turns Arabic and Persian digits into those that Go reads.
func westernDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		}
		return r
	}, s)
}

// optionNumber finds the option with the number on its reaction; if no reaction bears a number, the
// one at that place.
func optionNumber(options []Option, n int) (Option, bool) {
	numbered := false
	for _, o := range options {
		k, ok := keyNumber(o.Key)
		if ok && k == n {
			return o, true
		}
		numbered = numbered || ok
	}
	if numbered || n < 1 || n > len(options) {
		return Option{}, false
	}
	return options[n-1], true
}

// keyNumber reads the digit of a keycap such as "2️⃣", and "🔟".
func keyNumber(key string) (int, bool) {
	key = foldKey(key)
	if key == "🔟" {
		return 10, true
	}
	r, size := utf8.DecodeRuneInString(key)
	if r >= '0' && r <= '9' && key[size:] == "\u20E3" {
		return int(r - '0'), true
	}
	return 0, false
}
