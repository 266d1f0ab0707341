package ask_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lotse/handlers/ask"
	"lotse/knowledge"
)

func TestRender(t *testing.T) {
	t.Parallel()
	status := []knowledge.FactOption{
		{Values: []string{"asylum_seeker", "tolerated"}}, {Values: []string{"protected", "eu", "german", "other_permit"}},
	}
	for name, tc := range map[string]struct {
		decision knowledge.Decision
		view     ask.View
		want     string
	}{
		"everything said": {
			decision: knowledge.Decision{
				Kind: knowledge.Answer, Topic: "tolerated-stay", Office: "abh-kreis", Law: "AufenthG", Basis: "§ 60a AufenthG",
				Because: map[string]string{"municipality": "05766012"},
			},
			want: `
**Ausländerbehörde Kreis Lippe**
Zuständig für: Duldung verlängern – weil die Person in Barntrup wohnt.
☎ 0221 4710-310   ✉ auslaenderbehoerde@lippe.example
Felix-Muster-Straße 5, 32756 Detmold
Mo–Do 8–12 Uhr, Do auch 14–17 Uhr, nur mit Termin
Mitbringen: Duldung, Foto, Mietvertrag
Rechtsgrundlage: § 60a AufenthG · zuletzt geprüft am 3.11.2026
👍 passt · 👎 passt nicht · 🙋 einen Menschen fragen`,
		},
		"in English, with what is German only": {
			decision: knowledge.Decision{
				Kind: knowledge.Answer, Topic: "tolerated-stay", Office: "abh-kreis", Law: "AufenthG",
				Because: map[string]string{"municipality": "05766012"},
			},
			view: ask.View{Lang: "en"},
			want: `
**Ausländerbehörde Kreis Lippe (immigration office of the county)**
Responsible for: tolerated stay – because the person lives in Barntrup.
☎ 0221 4710-310   ✉ auslaenderbehoerde@lippe.example
Felix-Muster-Straße 5, 32756 Detmold
Mo–Do 8–12 Uhr, Do auch 14–17 Uhr, nur mit Termin
Bring along: Duldung, Foto, Mietvertrag
Field of law: residence law · last checked on 3 November 2026
👍 fits · 👎 doesn't fit · 🙋 ask a person
ℹ Some of this exists in German only.`,
		},
		"nothing but the name, never reviewed": {
			decision: knowledge.Decision{
				Kind: knowledge.Answer, Topic: "tolerated-stay", Office: "abh-detmold", Law: "other",
				Because: map[string]string{"municipality": "05766020", "status": "tolerated"},
			},
			want: `
⚠ Diese Angaben hat noch niemand geprüft.
**Ausländerbehörde Stadt Detmold**
Zuständig für: Duldung verlängern – weil: Duldung, wohnt in Detmold.
☎ 0221 4710-320
Mitbringen: Duldung, Foto, Mietvertrag
👍 passt · 👎 passt nicht · 🙋 einen Menschen fragen`,
		},
		"past its review, Markdown in a name, a merged option, an age": {
			decision: knowledge.Decision{
				Kind: knowledge.Answer, Topic: "living-costs", Office: "jobcenter", Law: "SGB2",
				Because: map[string]string{"status": "protected", "age": "18_26"},
				Among:   map[string][]string{"status": {"protected", "eu"}},
			},
			want: `
⚠ Diese Angaben wurden zuletzt am 3.11.2024 geprüft. Eine neue Prüfung steht aus.
**Jobcenter \*Lippe\***
Zuständig für: Lebensunterhalt – weil: Alter: 18 bis 26, anerkannt oder EU-Bürgerin oder EU-Bürger.
☎ 0221 4710-400
Rechtsgebiet: Grundsicherung · zuletzt geprüft am 3.11.2024
👍 passt · 👎 passt nicht · 🙋 einen Menschen fragen`,
		},
		"urgent before all": {
			decision: knowledge.Decision{Kind: knowledge.Answer, Topic: "domestic-violence", Office: "frauenhaus", Law: "other"},
			view:     ask.View{Lang: "uk"},
			want: `
🆘 **Bei akuter Gefahr sofort die Polizei: 110.**
Українською я поки не вмію, тому відповідь німецькою.
**Frauenberatung**
Zuständig für: Gewalt in der Partnerschaft
☎ 0221 4710-500
zuletzt geprüft am 3.11.2026
👍 passt · 👎 passt nicht · 🙋 einen Menschen fragen`,
		},
		"question with merged options": {
			decision: knowledge.Decision{Kind: knowledge.AskFact, Topic: "living-costs", Fact: "status", Options: status},
			want: `
**Lebensunterhalt** – das kommt darauf an.
Welchen Aufenthaltsstatus hat die Person?
1️⃣ Asylverfahren läuft (Aufenthaltsgestattung) / Duldung
2️⃣ anerkannt (Asyl, Flüchtlingsschutz) / EU-Bürgerin oder EU-Bürger / deutsche Staatsangehörigkeit / andere Erlaubnis
❔ weiß ich nicht`,
		},
		"second question, towns in words": {
			decision: knowledge.Decision{Kind: knowledge.AskFact, Topic: "tolerated-stay", Fact: "municipality"},
			view:     ask.View{Again: true},
			want: `
In welcher Stadt oder Gemeinde wohnt die Person?
❔ weiß ich nicht`,
		},
		"asked again": {
			decision: knowledge.Decision{Kind: knowledge.AskFact, Topic: "tolerated-stay", Fact: "municipality"},
			view:     ask.View{Lang: "en", Retry: true},
			want: `
I did not understand that. Which town does the person live in?
❔ I don't know`,
		},
		"candidates": {
			decision: knowledge.Decision{Kind: knowledge.Candidates, Topic: "living-costs", Either: []knowledge.Candidate{
				{Office: "jobcenter", When: map[string][]string{"status": {"protected", "eu", "german", "other_permit"}}},
				{Kind: "sozialamt", When: map[string][]string{"status": {"asylum_seeker", "tolerated"}}},
			}},
			want: `
**Lebensunterhalt** – je nach Lage ist eine dieser Stellen zuständig:
• **Sozialamt der Stadt oder Gemeinde, in der die Person wohnt** – wenn: Asylverfahren läuft oder Duldung
• **Jobcenter \*Lippe\*** ☎ 0221 4710-400 – sonst
Beim Klären hilft: **Migrationsberatung (MBE)**
☎ 0221 4710-600`,
		},
		"candidates by town, one under two conditions": {
			decision: knowledge.Decision{Kind: knowledge.Candidates, Topic: "tolerated-stay", Facts: map[string]string{"age": "18_26"}, Either: []knowledge.Candidate{
				{Office: "abh-detmold", Kind: "auslaenderbehoerde", When: map[string][]string{"municipality": {"05766020"}, "status": {"tolerated"}}},
				{Office: "abh-kreis", Kind: "auslaenderbehoerde", When: map[string][]string{"municipality": {"05766012", "05766060"}, "status": {"tolerated"}}},
				{Office: "abh-kreis", Kind: "auslaenderbehoerde", When: map[string][]string{"status": {"eu"}}},
			}},
			want: `
**Duldung verlängern** – je nach Lage ist eine dieser Stellen zuständig:
• **Ausländerbehörde Stadt Detmold** ☎ 0221 4710-320 – wenn: Duldung, wohnt in Detmold
• **Ausländerbehörde Kreis Lippe** ☎ 0221 4710-310 – wenn: Duldung, wohnt in Barntrup oder Schieder-Schwalenberg; oder EU-Bürgerin oder EU-Bürger
Beim Klären hilft: **Jugendmigrationsdienst**`,
		},
		"abstaining": {
			decision: knowledge.Decision{Kind: knowledge.Abstain, Topic: "domestic-violence"},
			want: `
Dazu weiß ich nichts Verlässliches.
🙋 nennt eine Beratungsstelle, die weiterhilft.`,
		},
		"an office that is gone by now": {
			decision: knowledge.Decision{Kind: knowledge.Answer, Topic: "living-costs", Office: "gone"},
			want: `
Dazu weiß ich nichts Verlässliches.`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := ask.NewRenderer("counselling")
			if err != nil {
				t.Fatal(err)
			}
			v := tc.view
			v.Now = now
			if v.Lang == "" {
				v.Lang = "de"
			}
			got := r.Render(smallSnapshot(), tc.decision, v)
			if diff := cmp.Diff(got, strings.TrimPrefix(tc.want, "\n")); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

// What people or databases supply must not become markup, whatever it is.
func TestRenderEscapesData(t *testing.T) {
	t.Parallel()
	d := smallData()
	const nasty = "<b>*x*</b> [l](https://evil.example) `c`\n# h"
	d.Offices[0].Name = de(nasty)
	d.Offices[0].Phone, d.Offices[0].Street, d.Offices[0].Hours = nasty, nasty, de(nasty)
	d.Topics[0].Title, d.Topics[0].Urgent, d.Topics[0].Bring = de(nasty), de(nasty), de(nasty)
	d.Areas[1].Name = nasty
	s := knowledge.NewSnapshot(d, 1, wordRouter{}, wordReader{})
	r, err := ask.NewRenderer("")
	if err != nil {
		t.Fatal(err)
	}
	got := r.Render(s, knowledge.Decision{
		Kind: knowledge.Answer, Topic: "tolerated-stay", Office: "abh-kreis", Basis: nasty,
		Because: map[string]string{"municipality": "05766012"},
	}, ask.View{Lang: "de", Now: time.Now()})
	for _, bad := range []string{"<b>", "*x*", "](https", " `c`", "\n#"} {
		if strings.Contains(strings.ReplaceAll(got, `\`+bad, ""), bad) {
			t.Errorf("%q is unescaped in %s", bad, got)
		}
	}
}
