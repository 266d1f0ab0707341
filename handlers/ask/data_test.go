package ask_test

import (
	"strings"
	"time"

	"lotse/knowledge"
	"lotse/knowledge/rules"
)

// reviewed is the day on which the offices of the small knowledge base were checked.
var reviewed = time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)

// now is the day of the tests.
var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func de(s string) knowledge.Texts { return knowledge.Texts{"de": s} }

func both(de, en string) knowledge.Texts { return knowledge.Texts{"de": de, "en": en} }

// smallData is a knowledge base that fits on a page.
func smallData() knowledge.Data {
	review := knowledge.Review{Source: "test", ReviewedAt: reviewed, Every: 180 * 24 * time.Hour}
	return knowledge.Data{
		Areas: []knowledge.Area{
			{Code: "05766", Name: "Kreis Lippe"},
			{Code: "05766012", Name: "Barntrup", In: "05766"},
			{Code: "05766020", Name: "Detmold", In: "05766"},
			{Code: "05766060", Name: "Schieder-Schwalenberg", Also: []string{"Schieder"}, In: "05766"},
		},
		LegalAreas: []knowledge.LegalArea{
			{ID: "AufenthG", Title: both("Aufenthaltsrecht", "residence law")},
			{ID: "SGB2", Title: both("Grundsicherung", "basic income support")},
			{ID: "other", Title: both("Sonstiges", "other")},
		},
		Facts: []knowledge.Fact{
			{ID: "status", Ask: both("Welchen Aufenthaltsstatus hat die Person?", "What is the person's residence status?"), Values: []knowledge.FactValue{
				{ID: "asylum_seeker", Title: both("Asylverfahren läuft (Aufenthaltsgestattung)", "asylum procedure pending")},
				{ID: "tolerated", Title: both("Duldung", "tolerated stay (Duldung)")},
				{ID: "protected", Title: de("anerkannt (Asyl, Flüchtlingsschutz)")},
				{ID: "eu", Title: both("EU-Bürgerin oder EU-Bürger", "EU citizen")},
				{ID: "german", Title: both("deutsche Staatsangehörigkeit", "German national")},
				{ID: "other_permit", Title: both("andere Erlaubnis", "other permit")},
			}},
			{ID: "age", Ask: de("Wie alt ist die Person?"), Values: []knowledge.FactValue{
				{ID: "18_26", Title: de("18 bis 26")}, {ID: "27_66", Title: de("27 bis Rentenalter")},
			}},
			{ID: "municipality", Ask: both("In welcher Stadt oder Gemeinde wohnt die Person?", "Which town does the person live in?"), Areas: true},
		},
		Kinds: []knowledge.Kind{
			{ID: "auslaenderbehoerde", Title: both("Ausländerbehörde", "immigration office")},
			{ID: "sozialamt", Title: both("Sozialamt", "social welfare office")},
		},
		Offices: []knowledge.Office{
			{
				ID: "abh-kreis", Kind: "auslaenderbehoerde", Name: both("Ausländerbehörde Kreis Lippe", "immigration office of the county"),
				Serves: []string{"05766"}, Phone: "0221 4710-310", Email: "auslaenderbehoerde@lippe.example",
				Street: "Felix-Muster-Straße 5", Postcode: "32756", City: "Detmold",
				Hours: de("Mo–Do 8–12 Uhr, Do auch 14–17 Uhr"), Appointment: de("nur mit Termin"), Review: review,
			},
			{ID: "abh-detmold", Kind: "auslaenderbehoerde", Name: de("Ausländerbehörde Stadt Detmold"), Serves: []string{"05766020"}, Phone: "0221 4710-320"},
			{ID: "sozialamt-barntrup", Kind: "sozialamt", Name: de("Sozialamt Barntrup"), Serves: []string{"05766012"}, Review: review},
			{ID: "sozialamt-detmold", Kind: "sozialamt", Name: de("Sozialamt Detmold"), Serves: []string{"05766020"}, Review: review},
			{ID: "sozialamt-schieder", Kind: "sozialamt", Name: de("Sozialamt Schieder-Schwalenberg"), Serves: []string{"05766060"}, Review: review},
			{ID: "jobcenter", Name: de("Jobcenter *Lippe*"), Serves: []string{"05766"}, Phone: "0221 4710-400", Review: knowledge.Review{ReviewedAt: reviewed.AddDate(-2, 0, 0), Every: 180 * 24 * time.Hour}},
			{ID: "frauenhaus", Name: de("Frauenberatung"), Serves: []string{"05766"}, Phone: "0221 4710-500", Review: review},
			{ID: "jmd", Name: de("Jugendmigrationsdienst"), Serves: []string{"05766"}, Review: review},
			{ID: "mbe", Name: de("Migrationsberatung (MBE)"), Serves: []string{"05766"}, Phone: "0221 4710-600", Review: review},
		},
		Topics: []knowledge.Topic{
			{
				ID: "tolerated-stay", Title: both("Duldung verlängern", "tolerated stay"), Law: "AufenthG", Basis: "§ 60a AufenthG",
				Bring: de("Duldung, Foto, Mietvertrag"), Rules: []rules.Rule{{To: "auslaenderbehoerde"}}, Review: review,
			},
			{ID: "living-costs", Title: both("Lebensunterhalt", "living costs"), Law: "SGB2", Review: review, Rules: []rules.Rule{
				{When: map[string][]string{"status": {"asylum_seeker", "tolerated"}}, To: "sozialamt", Basis: "AsylbLG"},
				{To: "jobcenter"},
			}},
			{
				ID: "domestic-violence", Title: de("Gewalt in der Partnerschaft"), Law: "other",
				Urgent: de("Bei akuter Gefahr sofort die Polizei: 110."), Rules: []rules.Rule{{To: "frauenhaus"}}, Review: review,
			},
			{ID: "counselling", Title: de("Beratung"), Law: "other", Review: review, Rules: []rules.Rule{
				{When: map[string][]string{"age": {"18_26"}}, To: "jmd"}, {To: "mbe"},
			}},
		},
	}
}

// wordRouter stands in for the trained router: a word decides the topic.
type wordRouter map[string]string

// Route returns the topics of the words in the text, and none of ours if there are none.
func (r wordRouter) Route(text string) []knowledge.Scored {
	for word, topic := range r {
		if strings.Contains(strings.ToLower(text), word) {
			return []knowledge.Scored{{Topic: topic, Score: 0.95}, {Topic: "counselling", Score: 0.03}, {Score: 0.02}}
		}
	}
	return []knowledge.Scored{{Score: 0.96}, {Topic: "counselling", Score: 0.02}}
}

// wordReader stands in for the reader of facts: a word states a value.
type wordReader map[string][2]string

// Read returns the facts of the words in the text.
func (r wordReader) Read(text, _, _ string) map[string]string {
	facts := map[string]string{}
	for word, fact := range r {
		if strings.Contains(strings.ToLower(text), word) {
			facts[fact[0]] = fact[1]
		}
	}
	return facts
}

func smallSnapshot() *knowledge.Snapshot {
	return knowledge.NewSnapshot(smallData(), 1,
		wordRouter{"papier": "tolerated-stay", "cent": "living-costs", "schlägt": "domestic-violence", "money": "living-costs"},
		wordReader{
			"gedulde": {"status", "tolerated"}, "duldung": {"status", "tolerated"}, "barntrup": {"municipality", "05766012"},
			"detmold": {"municipality", "05766020"}, "schieder": {"municipality", "05766060"},
		})
}
