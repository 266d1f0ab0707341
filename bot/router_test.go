package bot_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"lotse/bot"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{
		-1: 500 * time.Millisecond, 0: 500 * time.Millisecond, 1: 500 * time.Millisecond, 2: 2 * time.Second,
		3: 8 * time.Second, 4: 32 * time.Second, 5: 128 * time.Second, 6: 5 * time.Minute, 1000: 5 * time.Minute,
	} {
		if got := bot.Backoff(attempt); got != want {
			t.Errorf("Backoff(%d): got %v, want %v", attempt, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Ämter, Straße!": "aemter strasse", "A\u0308mter": "aemter", "  § 24 (Ukraine) ": "24 ukraine",
		"Köln-Mülheim": "koeln muelheim", "café": "cafe", "ДЕТМОЛЬД": "детмольд", "!?": "", "İstanbul": "istanbul",
	} {
		if got := bot.Fold(in); got != want {
			t.Errorf("Fold(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestRouterMistakes(t *testing.T) {
	t.Parallel()
	h := bot.HandlerFunc(echo)
	help := bot.Command{Name: "help", Words: map[string][]string{"de": {"hilfe"}, "en": {"help"}}, Handler: h}
	for name, mistake := range map[string]func(r *bot.Router){
		"no English words": func(r *bot.Router) {
			r.Command(bot.Command{Name: "x", Words: map[string][]string{"de": {"x"}}, Handler: h})
		},
		"name twice": func(r *bot.Router) { r.Command(help); r.Command(help) },
		"words twice": func(r *bot.Router) {
			r.Command(help)
			r.Command(bot.Command{Name: "x", Words: map[string][]string{"de": {"Hilfe!"}, "en": {"x"}}, Handler: h})
		},
		"empty words": func(r *bot.Router) {
			r.Command(bot.Command{Name: "x", Words: map[string][]string{"de": {"?"}, "en": {"x"}}, Handler: h})
		},
		"two text handlers":  func(r *bot.Router) { r.Text(h); r.Text(h) },
		"choice twice":       func(r *bot.Router) { r.Choice("a", h); r.Choice("a", h) },
		"timer without name": func(r *bot.Router) { r.Timer("", h) },
		"kind of its own":    func(r *bot.Router) { r.On(bot.Text, h) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			mistake(bot.NewRouter())
		})
	}
	r := bot.NewRouter()
	r.Command(help)
	if got := r.Commands(); len(got) != 1 || got[0].Name != "help" {
		t.Errorf("Commands: got %v, want help", got)
	}
	if c, words, ok := r.Near("hiffe"); !ok || c.Name != "help" || words != "hilfe" {
		t.Errorf("Near: got %q %q %t, want help", c.Name, words, ok)
	}
	if _, _, ok := r.Near("hilfe"); ok {
		t.Error("Near: what is spelled right is near itself")
	}
}

// FuzzEscape: escaped text comes out of Markdown as one paragraph with just that text.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{
		"1. Dezember", "- Liste", "# Titel", "*fett* _kursiv_ `code`", "[x](http://y)", "<b>&amp;", "a|b\n-|-",
		"https://example.org www.example.org", "~~x~~", "   vier", "+ 1", "=== x", "\\", "a\\*b", "12) x", "***", "- - -", "1.", "-",
	} {
		f.Add(s)
	}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM))
	unescape := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&quot;", `"`)
	f.Fuzz(func(t *testing.T, s string) {
		var b strings.Builder
		if err := md.Convert([]byte(bot.Escape(s)), &b); err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSpace(b.String())
		want := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
			if (r < ' ' && r != '\n' && r != '\t') || r == 0x7F {
				return -1
			}
			return r
		}, strings.ToValidUTF8(s, "\uFFFD"))), " ")
		if want == "" || strings.Contains(want, "@") || !utf8.ValidString(got) { // addresses become links, that is fine
			return
		}
		got = unescape.Replace(strings.TrimSuffix(strings.TrimPrefix(got, "<p>"), "</p>"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Escape(%q) renders otherwise (-want +got):\n%s", s, diff)
		}
	})
}
