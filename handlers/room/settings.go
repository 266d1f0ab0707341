package room

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// before is what a change of settings can be taken back to.
type before struct {
	Settings bot.Settings `json:"settings"`
	Person   id.UserID    `json:"person,omitempty"` // in direct chats: whose language it is
	Lang     string       `json:"lang,omitempty"`
}

// show lists the settings.
func (h *Handler) show(ctx context.Context, m bot.Message, r *bot.Reply) error {
	now, err := h.now(ctx, m)
	if err != nil {
		return err
	}
	t := h.texts.In(m.Lang)
	line := func(what, value, how string) string {
		return t.Get("line", "what", t.Get(what), "value", value, "how", t.Get(how))
	}
	town := line("town", h.townName(t, m.Settings.Town), "how_town")
	language := line("language", h.languageName(t, now.lang(m)), "how_language")
	if m.InDirect {
		r.Say(bot.Post{Text: strings.Join([]string{t.Get("of_chat"), town, language}, "\n")})
		return nil
	}
	answers := line("answers", t.Get("in_threads"), "how_timeline")
	if m.Settings.InTimeline {
		answers = line("answers", t.Get("in_timeline"), "how_threads")
	}
	silent := line("silence", t.Get("no"), "how_silence")
	if m.Settings.Silent {
		silent = line("silence", t.Get("yes"), "how_silence")
	}
	r.Say(bot.Post{Text: strings.Join([]string{t.Get("of_room"), answers, town, language, silent}, "\n")})
	return nil
}

// now returns what is set at the moment.
func (h *Handler) now(ctx context.Context, m bot.Message) (before, error) {
	b := before{Settings: m.Settings}
	if !m.InDirect {
		return b, nil
	}
	lang, err := h.o.Settings.Lang(ctx, m.Sender)
	if err != nil {
		return before{}, err
	}
	b.Person, b.Lang = m.Sender, lang
	return b, nil
}

// lang returns the language that is fixed where the message was said: of the person in a direct chat,
// else of the room.
func (b before) lang(m bot.Message) string {
	if m.InDirect {
		return b.Lang
	}
	return b.Settings.Lang
}

// change replaces the settings of the room and says that it's done.
func (h *Handler) change(ctx context.Context, m bot.Message, r *bot.Reply, to bot.Settings, done string) error {
	t := h.texts.In(m.Lang)
	if to == m.Settings {
		r.Say(bot.Post{Text: t.Get("unchanged")})
		return nil
	}
	was, err := h.now(ctx, m)
	if err != nil {
		return err
	}
	now := was
	now.Settings = to
	h.set(m, r, was, now)
	r.Say(bot.Post{Text: done + "\n" + t.Get("undo_hint")})
	return nil
}

const saveUndo = `
INSERT INTO setting_undo (room_id, before)
VALUES ($1, $2)
ON CONFLICT (room_id) DO UPDATE
SET before = excluded.before`

// set stores settings, and what they were, so that the change can be taken back.
func (h *Handler) set(m bot.Message, r *bot.Reply, was, now before) {
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		if was.Settings != now.Settings {
			if err := h.o.Settings.SetSettingsTx(ctx, tx, m.Room, now.Settings); err != nil {
				return fmt.Errorf("set settings: %w", err)
			}
		}
		if was.Lang != now.Lang {
			if err := h.o.Settings.SetLangTx(ctx, tx, now.Person, now.Lang); err != nil {
				return fmt.Errorf("set language: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, saveUndo, m.Room, was); err != nil {
			return fmt.Errorf("save what settings were: %w", err)
		}
		return nil
	})
}

const selectUndo = `
SELECT before
FROM setting_undo
WHERE room_id = $1`

// undo takes the last change back; done twice, it changes nothing.
func (h *Handler) undo(ctx context.Context, m bot.Message, r *bot.Reply) error {
	t := h.texts.In(m.Lang)
	rows, err := h.o.DB.Query(ctx, selectUndo, m.Room)
	if err != nil {
		return fmt.Errorf("read what settings were: %w", err)
	}
	was, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[before])
	if errors.Is(err, pgx.ErrNoRows) || err == nil && was.Person != "" && was.Person != m.Sender {
		r.Say(bot.Post{Text: t.Get("nothing_to_undo")})
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what settings were: %w", err)
	}
	now, err := h.now(ctx, m)
	if err != nil {
		return err
	}
	h.set(m, r, now, was)
	r.Say(bot.Post{Text: t.Get("undone")})
	return nil
}

// language fixes the language of the person or the room.
func (h *Handler) language(ctx context.Context, m bot.Message, r *bot.Reply) error {
	t := h.texts.In(m.Lang)
	was, err := h.now(ctx, m)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(m.Args)
	if name == "" {
		r.Say(bot.Post{Text: t.Get("language_now", "language", h.languageName(t, was.lang(m)), "how", t.Get("how_language"))})
		return nil
	}
	code, ok := h.languageCode(name)
	if !ok {
		r.Say(bot.Post{Text: t.Get("which_language", "name", bot.Escape(name), "languages", h.allLanguages())})
		return nil
	}
	if code == was.lang(m) {
		r.Say(bot.Post{Text: t.Get("unchanged")})
		return nil
	}
	now, done := was, "done_language_room"
	if m.InDirect {
		now.Lang, done = code, "done_language_person"
	} else {
		now.Settings.Lang = code
	}
	if code != "" {
		t = h.texts.In(code)
	} else {
		done = "done_no_language"
	}
	h.set(m, r, was, now)
	lines := []string{t.Get(done, "language", h.languageName(t, code))}
	if code != "" && t.Lang != code {
		lines = append(lines, t.Get("as_far"))
	}
	r.Say(bot.Post{Text: strings.Join(append(lines, t.Get("undo_hint")), "\n")})
	return nil
}

// languageCode finds a language by its code or one of its names; the code is empty for "as the message".
func (h *Handler) languageCode(name string) (code string, ok bool) {
	folded := bot.Fold(name)
	if slices.Contains([]string{"automatisch", "automatic", "auto", "keine", "none"}, folded) {
		return "", true
	}
	for code, names := range h.languages {
		if folded == code || slices.ContainsFunc(names, func(n string) bool { return bot.Fold(n) == folded }) {
			return code, true
		}
	}
	return "", false
}

// isLanguage keeps "Sprache lernen in Lage" from being taken for the command: what follows must be a
// language, or nearly.
func (h *Handler) isLanguage(args string) bool {
	folded := bot.Fold(args)
	if _, ok := h.languageCode(args); ok || len(folded) <= len("xx") {
		return true
	}
	for _, names := range h.languages {
		if slices.ContainsFunc(names, func(n string) bool { return distance(folded, bot.Fold(n)) <= misspelt }) {
			return true
		}
	}
	return false
}

// misspelt is how many letters may be wrong in a name that was meant.
const misspelt = 2

func (h *Handler) languageName(t bot.Texts, code string) string {
	if names := h.languages[code]; len(names) > 0 {
		return names[0]
	}
	return t.Get("no_language")
}

func (h *Handler) allLanguages() string {
	var all []string
	for _, code := range slices.Sorted(maps.Keys(h.languages)) {
		all = append(all, code+" ("+h.languages[code][0]+")")
	}
	return strings.Join(all, ", ")
}
