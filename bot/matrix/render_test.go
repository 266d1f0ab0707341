package matrix_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"lotse/bot"
	"lotse/bot/matrix"
)

func TestRender(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, markdown, body, html string }{
		{"plain", "Guten Tag", "Guten Tag", ""},
		{"plain with umlauts and quotes", `Käse & "Wurst"`, `Käse & "Wurst"`, ""},
		{"bold", "**Amt** hier", "Amt hier", "<strong>Amt</strong> hier"},
		{"lines", "eins\nzwei", "eins\nzwei", "eins<br>\nzwei"},
		{"paragraphs", "eins\n\nzwei", "eins\n\nzwei", "<p>eins</p>\n<p>zwei</p>"},
		{"list", "Mit:\n\n- Foto\n- Pass\n  - alt", "Mit:\n\n- Foto\n- Pass\n  - alt", "<p>Mit:</p>\n<ul>\n<li>Foto</li>\n<li>Pass\n<ul>\n<li>alt</li>\n</ul>\n</li>\n</ul>"},
		{"numbers", "3. drei\n4. vier", "3. drei\n4. vier", "<ol start=\"3\">\n<li>drei</li>\n<li>vier</li>\n</ol>"},
		{"a date isn't a list", bot.Escape("1. Dezember"), "1. Dezember", ""},
		{"escaped", bot.Escape("a*b*c [x](y) <b>z</b> &amp; https://x.example"), "a*b*c [x](y) <b>z</b> &amp; https://x.example", ""},
		{"raw HTML is text", "<b>fett</b><script>x</script>", "<b>fett</b><script>x</script>", ""},
		{"link", "[Amt](https://amt.example)", "Amt (https://amt.example)", `<a href="https://amt.example">Amt</a>`},
		{"bare link", "https://amt.example", "https://amt.example", `<a href="https://amt.example">https://amt.example</a>`},
		{"phone", "[0221 4710](tel:02214710)", "0221 4710 (02214710)", `<a href="tel:02214710">0221 4710</a>`},
		{"mail", "[a@b.example](mailto:a@b.example)", "a@b.example", `<a href="mailto:a@b.example">a@b.example</a>`},
		{"pill", "[emil](https://matrix.to/#/@emil:example.org)", "emil", `<a href="https://matrix.to/#/@emil:example.org">emil</a>`},
		{"script link", "[x](javascript:alert(1))", "x (javascript:alert(1))", "x"},
		{"picture", "![x](https://evil.example/x.png)", "x", ""},
		{"quote", "> sagt\n> er", "> sagt\n> er", "<blockquote>\n<p>sagt<br>\ner</p>\n</blockquote>"},
		{"table", "|Amt|Tel|\n|-|-|\n|A|1|\n|B|2|", "- A · Tel: 1\n- B · Tel: 2", "<table>\n<thead>\n<tr>\n<th>Amt</th>\n<th>Tel</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>A</td>\n<td>1</td>\n</tr>\n<tr>\n<td>B</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>"},
		{"code", "`a*b`\n\n```go\nx := 1\n```", "a*b\n\nx := 1", "<p><code>a*b</code></p>\n<pre><code class=\"language-go\">x := 1\n</code></pre>"},
		{"indented is no code", "a\n\n    b", "a\n\nb", "<p>a</p>\n<p>b</p>"},
		{"empty", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body, formatted := matrix.Render(c.markdown)
			if body != c.body {
				t.Errorf("body = %q, want %q", body, c.body)
			}
			if formatted != c.html {
				t.Errorf("html = %q, want %q", formatted, c.html)
			}
		})
	}
}

func TestRenderNested(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"> ", "- ", "[", "*", "**a", "![", "`", "|", "1. "} {
		body, formatted := matrix.Render(strings.Repeat(s, matrix.MaxText/len(s)))
		if !utf8.ValidString(body) || len(formatted) > 100*matrix.MaxText {
			t.Errorf("%q: body %d bytes, html %d bytes", s, len(body), len(formatted))
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{
		"**a** _b_", "[x](javascript:y)", "<script>", "|a|b|\n|-|-|\n|c|d|", "1. x\n   - y", "&#106;&colon;", "\\<", "![a](b)",
		"[x](https://matrix.to/#/@a:b)", "<https://x>", "```\n", "> - `x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, markdown string) {
		if len(markdown) > matrix.MaxText {
			t.Skip("longer than a post")
		}
		body, formatted := matrix.Render(markdown)
		if !utf8.ValidString(body) || !utf8.ValidString(formatted) {
			t.Errorf("not UTF-8: %q, %q", body, formatted)
		}
		z := html.NewTokenizer(strings.NewReader(formatted))
		for z.Next() != html.ErrorToken {
			tok := z.Token()
			if tok.Data == "script" || tok.Data == "img" || tok.Data == "iframe" {
				t.Errorf("%q lets %s through: %q", markdown, tok.Data, formatted)
			}
			for _, a := range tok.Attr {
				v := strings.ToLower(strings.TrimSpace(a.Val))
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(v, "javascript:") || strings.HasPrefix(v, "data:") {
					t.Errorf("%q lets %s=%q through", markdown, a.Key, a.Val)
				}
			}
		}
	})
}
