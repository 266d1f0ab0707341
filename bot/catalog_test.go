package bot_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"lotse/bot"
)

func TestCatalog(t *testing.T) {
	t.Parallel()
	c, err := bot.ReadCatalog(fstest.MapFS{
		"texts/de.yaml": {Data: []byte("hello: Hallo {who}!\nbye: Tschüss\n")},
		"texts/en.yaml": {Data: []byte("hello: Hello {who}!\nbye: Bye\n")},
	}, "texts")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.In("en").Get("hello", "who", "{who}"), "Hello {who}!"; got != want {
		t.Errorf("English: got %q, want %q", got, want)
	}
	if got, want := c.In("uk").Get("bye"), "Tschüss"; got != want {
		t.Errorf("language that isn't there: got %q, want German %q", got, want)
	}
	if got, want := c.In("uk").Lang, "de"; got != want {
		t.Errorf("language of the texts: got %q, want %q", got, want)
	}
	if got, want := c.In("de").Get("nothing"), "nothing"; got != want {
		t.Errorf("unknown key: got %q, want itself", got)
	}
}

func TestCatalogNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"no German":    {map[string]string{"en": "a: A"}, []string{"German is missing"}},
		"missing key":  {map[string]string{"de": "a: A\nb: B", "en": "a: A"}, []string{`"b" is missing in "en"`}},
		"empty text":   {map[string]string{"de": "a: A", "en": "a: ' '"}, []string{`"a" is missing in "en"`}},
		"one too many": {map[string]string{"de": "a: A", "en": "a: A\nz: Z"}, []string{`"z" is in "en"`}},
		"both at once": {map[string]string{"de": "a: A\nb: B", "en": "z: Z"}, []string{`"a"`, `"b"`, `"z"`}},
		"no YAML":      {map[string]string{"de": "a: [", "en": "a: A"}, []string{"texts/de.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{}
			for lang, text := range tc.files {
				files["texts/"+lang+".yaml"] = &fstest.MapFile{Data: []byte(text)}
			}
			_, err := bot.ReadCatalog(files, "texts")
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to name %s", err, want)
				}
			}
		})
	}
}
