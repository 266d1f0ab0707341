package knowledge

import (
	"time"

	"lotse/knowledge/rules"
)

// Texts holds a text by language (ISO 639-1). German ("de") is always there.
type Texts map[string]string

// In returns the text in the language, else in German, and whether it is in that language.
func (t Texts) In(lang string) (text string, ok bool) {
	if s := t[lang]; s != "" {
		return s, true
	}
	return t["de"], lang == "de"
}

// Review says where an entry comes from and when somebody last checked it. An import is no review.
type Review struct {
	Source     string    // where the entry comes from
	ReviewedAt time.Time // zero: never
	Every      time.Duration
}

// Area is a municipality, county or state. Code is the official municipality key (AGS).
type Area struct {
	Code string
	Name string
	Also []string // other names and spellings, parts of town
	In   string   // code of the area around it; empty at the top
	// EverydayWord: the name is a common word, too (Lage, Schlangen); it is a town only after a
	// preposition of place or as an answer.
	EverydayWord bool
}

// LegalArea is a field of law, named as usual in Germany (SGB2, AufenthG).
type LegalArea struct {
	ID    string
	Title Texts
}

// Fact is something about the person that a rule may look at.
type Fact struct {
	ID     string
	Ask    Texts
	Values []FactValue // in the order in which they are offered; none for the fact whose values are areas
	Areas  bool        // its values are area codes
}

// FactValue is one value of a fact.
type FactValue struct {
	ID    string
	Title Texts
	// Presumed false: nobody is taken to have this value unless it was said (pension age); a fact
	// is not asked for when only such values would change the office.
	UnlessSaid bool
}

// Kind is a kind of office of which several areas have one each (Sozialamt, Jugendamt).
type Kind struct {
	ID    string
	Title Texts
}

// Office is an authority or counselling centre.
type Office struct {
	ID          string
	Kind        string // empty: the only one of its kind
	Name        Texts  // German; others are shown in brackets
	Serves      []string
	Law         []string
	Phone       string
	Email       string
	Web         string
	Street      string
	Postcode    string
	City        string
	Hours       Texts
	Appointment Texts // e.g. "nur mit Termin"
	Review      Review
}

// Topic is a matter that people ask about.
type Topic struct {
	ID       string
	Title    Texts
	Synonyms map[string][]string // by language
	Law      string              // legal area
	Basis    string              // legal basis, e.g. "§ 60a AufenthG"; a rule's own goes before it
	Urgent   Texts               // said first, e.g. emergency numbers
	Bring    Texts               // what to bring
	Rules    []rules.Rule
	Examples []Example
	Review   Review
}

// Example is something that people say when they mean a topic; with topic "" it is no matter of Lotse's.
type Example struct {
	Topic string
	Lang  string
	Text  string
}
