package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"
)

// plan is what is to be done about an event: which handlers get which message.
type plan struct {
	msg       Message
	handlers  []Handler
	changes   []Change // of the runtime's own state
	take      Ref      // the choice that was made; closed when the message ends well
	addressed bool     // it was meant for the bot
	seen      Kind     // of the event, where the message has another
	keyless   bool     // it can't be read, but its key may still come
}

// idle reports whether nobody is to be called.
func (p plan) idle() bool { return len(p.handlers) == 0 }

// refused is the plan after the person was told why not: a choice stays open.
func (p plan) refused() plan {
	p.take = ""
	return p
}

func (p plan) memory() memory {
	return memory{addressed: p.addressed, kind: cmp.Or(p.seen, p.msg.Kind), thread: p.msg.Thread}
}

// surroundings are what the database knows about the place of an event.
type surroundings struct {
	State           string     `db:"state"`
	Direct          bool       `db:"direct"`
	Settings        Settings   `db:"settings"`
	Encrypted       bool       `db:"encrypted"`
	Lang            string     `db:"lang"`         // fixed by the sender
	Called          bool       `db:"called"`       // the bot was called into the thread
	ReplyTxn        Ref        `db:"reply_txn"`    // the post of ours that is replied to
	ReplyThread     id.EventID `db:"reply_thread"` // the thread it is in
	TargetTxn       Ref        `db:"target_txn"`   // likewise of a reaction
	TargetThread    id.EventID `db:"target_thread"`
	TargetAddressed bool       `db:"target_addressed"` // of an edit or deletion: the message was meant for us
	TargetKind      Kind       `db:"target_kind"`
	TargetOrigin    id.EventID `db:"target_origin"` // the thread it was in
	TargetAt        *time.Time `db:"target_at"`
}

// look reads the surroundings; false when the bot isn't in such a room.
func (b *Bot) look(ctx context.Context, e Event) (surroundings, bool, error) {
	const query = `
SELECT r.state, r.direct, r.settings, r.encrypted,
       coalesce(p.lang, '') AS lang,
       $3 <> '' AND (
           EXISTS (SELECT FROM outbox WHERE room_id = $1 AND thread = $3)
           OR EXISTS (SELECT FROM outbox WHERE event_id = $3 AND kind = 'msg')) AS called,
       coalesce(re.txn, '') AS reply_txn,
       coalesce(re_root.event_id, re.thread, '') AS reply_thread,
       coalesce(ta.txn, '') AS target_txn,
       coalesce(ta_root.event_id, ta.thread, '') AS target_thread,
       coalesce(ti.addressed, false) AS target_addressed,
       coalesce(ti.kind, '') AS target_kind,
       coalesce(ti.thread, '') AS target_origin,
       ti.received_at AS target_at
FROM rooms r
LEFT JOIN persons p ON p.user_id = $2
LEFT JOIN outbox re ON re.event_id = nullif($4, '') AND re.room_id = r.room_id
LEFT JOIN outbox re_root ON re_root.txn = nullif(re.thread, '')
LEFT JOIN outbox ta ON ta.event_id = nullif($5, '') AND ta.room_id = r.room_id
LEFT JOIN outbox ta_root ON ta_root.txn = nullif(ta.thread, '')
LEFT JOIN inbox ti ON ti.event_id = nullif($5, '') AND ti.room_id = r.room_id
WHERE r.room_id = $1
LIMIT 1`
	rows, _ := b.pool.Query(ctx, query, e.Room, e.Sender, e.Thread, e.ReplyTo, e.Target)
	s, err := pgx.CollectOneRow(rows, pgx.RowToStructByName[surroundings])
	if errors.Is(err, pgx.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("look at the room: %w", err)
	}
	return s, s.State == "joined", nil
}

// clean keeps what PostgreSQL can't hold, in events that anybody may have made, from failing queries.
// An event without a sender is nobody's.
func (e Event) clean() Event {
	e.Text, e.Key = cleanText(e.Text), foldKey(cleanText(e.Key))
	e.Thread, e.ReplyTo, e.Target = cleanID(e.Thread), cleanID(e.ReplyTo), cleanID(e.Target)
	e.Subject, e.NewRoom, e.OldRoom = cleanID(e.Subject), cleanID(e.NewRoom), cleanID(e.OldRoom)
	if e.Sender != "" && cleanID(e.Sender) == "" {
		e.Sender, e.Kind = "", Ignored
	}
	return e
}

func cleanID[T ~string](v T) T {
	if !storable(string(v)) {
		return ""
	}
	return v
}

// plan decides what an event means here.
func (b *Bot) plan(ctx context.Context, c claimed, e Event) (plan, error) {
	p := plan{msg: Message{Event: e, Attempt: max(c.Attempt, 1), Timer: c.Timer, Lang: b.opts.Lang}}
	switch e.Kind {
	case Invited:
		return b.planInvitation(ctx, p)
	case Joined, Left, Member, Moved:
		return b.planRoom(ctx, p)
	case Ignored, Chosen:
		return p, nil
	default:
	}
	if e.Sender == b.opts.User || (b.isBot(e.Sender) && e.Kind != Deleted) {
		return p, nil
	}
	s, known, err := b.look(ctx, e)
	if err == nil && !known && e.Kind == Due {
		return b.planAway(ctx, p, s)
	}
	if err != nil || !known {
		return p, err
	}
	p.msg.InDirect, p.msg.Settings = s.Direct, s.Settings
	p.setLang(b, s, "")
	if e.Encrypted && !s.Encrypted {
		p.changes = append(p.changes, markEncrypted(e.Room))
	}
	switch e.Kind {
	case Text:
		return b.planText(ctx, p, s)
	case Edited:
		return b.planEdit(ctx, p, s), nil
	case Deleted, Withdrawn:
		return b.planDeletion(p, s), nil
	case Reacted:
		return b.planReaction(ctx, p, s)
	case Due:
		return b.planTimer(ctx, p), nil
	case Unreadable:
		p.handlers = b.router.on[Unreadable]
	default: // something that this version doesn't know
	}
	return p, nil
}

func (b *Bot) isBot(user id.UserID) bool {
	return slices.Contains(b.opts.Bots, user)
}

// setLang decides the language of the answer. hint is the language of a command's words, else of the
// question that is answered.
func (p *plan) setLang(b *Bot, s surroundings, hint string) {
	p.msg.Lang = cmp.Or(s.Lang, hint, p.msg.TextLang, s.Settings.Lang, b.opts.Lang)
}

// planText deals with what somebody said.
func (b *Bot) planText(ctx context.Context, p plan, s surroundings) (plan, error) {
	m := &p.msg
	if m.Thread == "" {
		m.Thread = s.ReplyThread // the answer to a reply goes where the post is
	}
	command, explicit := b.stripPrefix(m.Text)
	m.Command = command
	p.addressed = s.Direct || explicit || m.Mentioned || s.ReplyTxn != "" || s.Called
	if utf8.RuneCountInString(m.Text) > b.opts.MaxText {
		return b.planTooLong(p), nil
	}
	choice, err := b.findChoice(ctx, p.msg, s, p.addressed)
	if err != nil {
		return p, err
	}
	if choice.taken || choice.late {
		p.addressed = true
	}
	if !p.addressed {
		return p, nil
	}
	if !choice.taken {
		m.TextLang = b.opts.Detect(m.Command)
	}
	p.setLang(b, s, choice.row.Lang)
	switch {
	case !b.withinBudget(&p):
		return p, nil
	case choice.late:
		return b.planSentence(p, "answered"), nil
	case choice.taken:
		return b.planChosen(ctx, p, choice)
	}
	if choice.found {
		open := choice.row.choice()
		m.Open = &open
		if m.TextLang != "" && s.Lang == "" {
			m.Lang = m.TextLang
		}
	}
	return b.planCommand(ctx, p, s, explicit)
}

// planTooLong refuses a text, where an answer is expected.
func (b *Bot) planTooLong(p plan) plan {
	p.msg.Text, p.msg.Command = "", ""
	if p.addressed && b.withinBudget(&p) {
		return b.planSentence(p, "too_long")
	}
	return p
}

// stripPrefix returns the text without "!lotse", and whether it was there.
func (b *Bot) stripPrefix(text string) (string, bool) {
	text = strings.TrimSpace(text)
	n := len(b.opts.Prefix)
	explicit := len(text) >= n && strings.EqualFold(text[:n], b.opts.Prefix) &&
		(len(text) == n || strings.ContainsAny(text[n:n+1], " \t\n:,"))
	if explicit {
		text = text[n:]
	}
	return strings.TrimLeft(text, " \t\n:,"), explicit
}

// planCommand finds the command in a text; without one it is free text.
func (b *Bot) planCommand(ctx context.Context, p plan, s surroundings, explicit bool) (plan, error) {
	m := &p.msg
	found, ok := b.router.find(m.Command)
	if ok && found.lang != "" {
		p.setLang(b, s, found.lang)
	}
	minRole := User
	if ok {
		minRole = found.cmd.RoleIn(m.InDirect)
	}
	m.Role = b.roles.of(ctx, m.Sender, m.Room, m.InDirect, minRole > User)
	if ok {
		m.Args = found.args
		if refusal := refuse(found.cmd, *m); refusal != "" {
			return b.planSentence(p, refusal), nil
		}
		p.handlers = []Handler{found.cmd.Handler}
		return p, nil
	}
	if s.Settings.Silent && !s.Direct && !explicit {
		p.addressed = false
		return p, nil
	}
	if near, word := b.nearCommand(*m, explicit); near {
		return b.planSentence(p, "near", "command", b.spell(*m, word)), nil
	}
	if b.router.text != nil {
		p.handlers = []Handler{b.router.text}
	}
	return p, nil
}

// refuse returns the key of the sentence that says why the command isn't run here or for this
// person; empty if it is.
func refuse(c *Command, m Message) string {
	need := c.RoleIn(m.InDirect)
	switch {
	case c.Where == InDirect && !m.InDirect:
		return "only_direct"
	case c.Where == InRoom && m.InDirect:
		return "only_room"
	case m.Role >= need:
		return ""
	case need == Moderator:
		return "only_moderator"
	case need == Coordinator:
		return "only_coordinator"
	case need == Administrator:
		return "only_administrator"
	default:
		return "only_allowed"
	}
}

// nearCommand finds the command that was probably meant. An open question takes every word as its
// answer, and in a shared room one must have been told expressly.
func (b *Bot) nearCommand(m Message, explicit bool) (bool, string) {
	if m.Open != nil || (!m.InDirect && !explicit && !m.Mentioned) {
		return false, ""
	}
	p, ok := nearCommand(b.router.phrases, m.Command, func(c *Command) bool { return refuse(c, m) == "" })
	if !ok {
		return false, ""
	}
	return true, phraseText(p)
}

// spell returns how a command is typed where the message was said.
func (b *Bot) spell(m Message, words string) string {
	if m.InDirect {
		return words
	}
	return b.opts.Prefix + " " + words
}

// planSentence has the runtime itself answer, with one of its texts.
func (b *Bot) planSentence(p plan, key string, pairs ...string) plan {
	text := b.texts.In(p.msg.Lang).Get(key, pairs...)
	p.handlers = []Handler{HandlerFunc(func(_ context.Context, _ Message, r *Reply) error {
		r.Say(Post{Text: text})
		return nil
	})}
	return p
}

// planEdit deals with the edit of a message: only of one that was meant for the bot, and not long ago.
func (b *Bot) planEdit(ctx context.Context, p plan, s surroundings) plan {
	m := &p.msg
	old := s.TargetAt == nil || b.now().Sub(*s.TargetAt) > b.opts.EditWindow
	if !s.TargetAddressed || old || s.TargetKind != Text || utf8.RuneCountInString(m.Text) > b.opts.MaxText {
		return p
	}
	m.Command, _ = b.stripPrefix(m.Text)
	m.Thread = s.TargetOrigin
	m.TextLang = b.opts.Detect(m.Command)
	p.setLang(b, s, "")
	if !b.withinBudget(&p) {
		return p
	}
	m.Role = b.roles.of(ctx, m.Sender, m.Room, m.InDirect, false)
	p.addressed = true
	p.handlers = b.router.on[Edited]
	return p
}

// planDeletion deals with the deletion of a message that was meant for the bot, or of a reaction.
func (b *Bot) planDeletion(p plan, s surroundings) plan {
	m := &p.msg
	if !s.TargetAddressed {
		return p
	}
	if s.TargetKind == Reacted {
		m.Kind = Withdrawn
	}
	m.Thread = s.TargetOrigin
	p.handlers = b.router.on[m.Kind]
	return p
}
