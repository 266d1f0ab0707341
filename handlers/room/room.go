// Package room keeps what belongs to a room rather than to a question: its settings, the welcome, the
// word about messages that can't be read, and "forget me".
//
// Settings are changed by one command each, and the last change of a room can be taken back. In a
// shared room only moderators may change them; in a direct chat the person in it.
package room

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"go.yaml.in/yaml/v4"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/knowledge"
)

//go:embed texts/*.yaml
var textFiles embed.FS

//go:embed languages.yaml
var languageFile []byte

// Store writes settings; [*bot.SettingsStore] does.
type Store interface {
	// SetSettingsTx replaces the settings of a room.
	SetSettingsTx(ctx context.Context, tx pgx.Tx, room id.RoomID, to bot.Settings) error
	// Lang returns the language that a person fixed, empty if none.
	Lang(ctx context.Context, user id.UserID) (string, error)
	// SetLangTx fixes the language of a person; empty lets the message decide.
	SetLangTx(ctx context.Context, tx pgx.Tx, user id.UserID, lang string) error
}

// Forgetter erases what it keeps of a person.
type Forgetter interface {
	// ForgetTx erases it in the transaction.
	ForgetTx(ctx context.Context, tx pgx.Tx, person id.UserID) error
}

// Base knows the towns; [*knowledge.Base] does.
type Base interface {
	// Snapshot returns the knowledge as it is now.
	Snapshot() *knowledge.Snapshot
}

// Querier is what reading needs of a pool.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Options are what a [Handler] works with. Settings, Base and DB are required.
type Options struct {
	Settings Store
	Base     Base
	DB       Querier
	Forget   []Forgetter      // all that keep something of persons
	Now      func() time.Time // default: time.Now
	Prefix   string           // of commands in rooms; default "!lotse"
	Mention  string           // what people mention; default "lotse"
}

// Handler is what a [bot.Router] needs for rooms. Use [Handler.Register].
type Handler struct {
	o         Options
	texts     *bot.Catalog
	languages map[string][]string // code → its own name, then others
}

// New returns a handler.
func New(o Options) (*Handler, error) {
	if o.Settings == nil || o.Base == nil || o.DB == nil {
		return nil, errors.New("make handler room: settings, base and database are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Prefix == "" {
		o.Prefix = "!lotse"
	}
	o.Mention = "@" + strings.TrimPrefix(cmp.Or(o.Mention, "lotse"), "@")
	texts, err := bot.ReadCatalog(textFiles, "texts")
	if err != nil {
		return nil, fmt.Errorf("read texts of room: %w", err)
	}
	h := &Handler{o: o, texts: texts}
	if err := yaml.Unmarshal(languageFile, &h.languages); err != nil {
		return nil, fmt.Errorf("read languages: %w", err)
	}
	return h, nil
}

// Register tells the router what this package does.
func (h *Handler) Register(r *bot.Router) {
	for _, c := range h.commands() {
		r.Command(c)
	}
	r.On(bot.Joined, bot.HandlerFunc(h.joined))
	r.On(bot.Unreadable, bot.HandlerFunc(h.unreadable))
	r.On(bot.Left, bot.HandlerFunc(h.left))
	r.On(bot.Moved, bot.HandlerFunc(h.moved))
}

// commands are all that can be told about a room.
func (h *Handler) commands() []bot.Command {
	return []bot.Command{
		{
			Name:     "settings",
			Words:    map[string][]string{"de": {"einstellungen"}, "en": {"settings"}},
			Usage:    map[string]string{"de": "einstellungen", "en": "settings"},
			Help:     map[string]string{"de": "Zeigt, was hier eingestellt ist.", "en": "Shows what is set here."},
			Examples: map[string][]string{"de": {"einstellungen"}, "en": {"settings"}},
			Handler:  bot.HandlerFunc(h.show),
		},
		{
			Name:     "language",
			Words:    map[string][]string{"de": {"sprache"}, "en": {"language"}},
			Usage:    map[string]string{"de": "sprache <Name>", "en": "language <name>"},
			Help:     map[string]string{"de": "Legt die Sprache fest: im Direktchat für dich, im Raum für den Raum.", "en": "Fixes the language: in a direct chat for you, in a room for the room."},
			Examples: map[string][]string{"de": {"sprache en", "sprache automatisch"}, "en": {"language de", "language automatic"}},
			Args:     h.isLanguage,
			RoomRole: bot.Moderator,
			Handler:  bot.HandlerFunc(h.language),
		},
		{
			Name:     "town",
			Words:    map[string][]string{"de": {"ort"}, "en": {"town"}},
			Usage:    map[string]string{"de": "ort <Name>", "en": "town <name>"},
			Help:     map[string]string{"de": "Legt fest, welcher Ort gemeint ist, wenn keiner genannt wird.", "en": "Fixes which town is meant where none is named."},
			Examples: map[string][]string{"de": {"ort Detmold", "ort keiner"}, "en": {"town Detmold", "town none"}},
			Args:     h.isTown,
			RoomRole: bot.Moderator,
			Handler:  bot.HandlerFunc(h.town),
		},
		h.toggle("thread", map[string][]string{"de": {"antworten im thread"}, "en": {"answers in threads", "answers in the thread"}},
			map[string]string{"de": "Antworten kommen hier in Threads.", "en": "Answers come in threads here."},
			func(s *bot.Settings) { s.InTimeline = false }),
		h.toggle("timeline", map[string][]string{"de": {"antworten im verlauf"}, "en": {"answers in the timeline", "answers in timeline"}},
			map[string]string{"de": "Antworten kommen hier im Verlauf, nicht in Threads.", "en": "Answers come in the timeline here, not in threads."},
			func(s *bot.Settings) { s.InTimeline = true }),
		h.toggle("silent", map[string][]string{"de": {"still"}, "en": {"silent"}},
			map[string]string{"de": "Hier nur noch auf Befehle reagieren.", "en": "React to nothing but commands here."},
			func(s *bot.Settings) { s.Silent = true }),
		h.toggle("loud", map[string][]string{"de": {"laut"}, "en": {"loud"}},
			map[string]string{"de": "Hier wieder ansprechbar sein.", "en": "Can be talked to here again."},
			func(s *bot.Settings) { s.Silent = false }),
		{
			Name:     "undo",
			Words:    map[string][]string{"de": {"rückgängig"}, "en": {"undo"}},
			Usage:    map[string]string{"de": "rückgängig", "en": "undo"},
			Help:     map[string]string{"de": "Nimmt die letzte Änderung der Einstellungen zurück.", "en": "Takes back the last change of a setting."},
			Examples: map[string][]string{"de": {"rückgängig"}, "en": {"undo"}},
			RoomRole: bot.Moderator,
			Handler:  bot.HandlerFunc(h.undo),
		},
		{
			Name:     "forget",
			Words:    map[string][]string{"de": {"vergiss mich"}, "en": {"forget me"}},
			Usage:    map[string]string{"de": "vergiss mich", "en": "forget me"},
			Help:     map[string]string{"de": "Löscht, was ich über dich gespeichert habe: Gespräche und Sprache.", "en": "Erases what I have stored about you: conversations and language."},
			Examples: map[string][]string{"de": {"vergiss mich"}, "en": {"forget me"}},
			Handler:  bot.HandlerFunc(h.forget),
		},
	}
}

// toggle is a command that sets one thing in shared rooms.
func (h *Handler) toggle(name string, words map[string][]string, help map[string]string, set func(*bot.Settings)) bot.Command {
	first := map[string]string{"de": words["de"][0], "en": words["en"][0]}
	return bot.Command{
		Name: name, Words: words, Usage: first, Help: help,
		Examples: map[string][]string{"de": {first["de"]}, "en": {first["en"]}},
		Where:    bot.InRoom, Role: bot.Moderator,
		Handler: bot.HandlerFunc(func(ctx context.Context, m bot.Message, r *bot.Reply) error {
			to := m.Settings
			set(&to)
			return h.change(ctx, m, r, to, h.texts.In(m.Lang).Get("done_"+name))
		}),
	}
}
