package knowledge

import (
	"fmt"
	"iter"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sorted yields a map in the order of its keys, so that faults come in the same order each time.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

func at(parts ...any) string {
	s := make([]string, len(parts))
	for i, p := range parts {
		s[i] = fmt.Sprint(p)
	}
	return strings.Join(s, "/")
}

func (c *checker) areas() {
	names := map[string]string{} // folded name → path
	for i, a := range c.d.Areas {
		path := at("areas", i)
		c.id("areas", path, a.Code)
		c.name(at(path, "name"), fmt.Sprintf("area %q: its name", a.Code), a.Name)
		if strings.ContainsAny(a.Name, "/,;|") {
			c.add(path, "area %q has more than one name (%q); keep one and put the others under also", a.Code, a.Name)
		}
		for _, n := range append([]string{a.Name}, a.Also...) {
			c.areaName(path, a, n, names)
		}
	}
	c.cycles()
}

func (c *checker) areaName(path string, a Area, name string, names map[string]string) {
	if name == "" {
		if a.Name != "" {
			c.add(path, "area %q has an empty name under also; remove it", a.Code)
		}
		return
	}
	c.text(path, fmt.Sprintf("area %q: the name %q", a.Code, name), name, maxName)
	key := strings.ToLower(name)
	if first, ok := names[key]; ok && first != path {
		c.clash(path, first, "area %q: %q names another area, too; a name must belong to one area only", a.Code, name)
	} else if ok {
		c.add(path, "area %q: %q is named twice; remove one", a.Code, name)
	}
	names[key] = path
}

// cycles finds areas around areas that aren't there, or that lie within themselves.
func (c *checker) cycles() {
	in := map[string]string{}
	for _, a := range c.d.Areas {
		in[a.Code] = a.In
	}
	for i, a := range c.d.Areas {
		path := at("areas", i, "in")
		if a.In == "" {
			continue
		}
		if !c.has("areas", a.In) {
			c.add(path, "area %q lies in %q, which is not among the areas; add that one or correct in", a.Code, a.In)
			continue
		}
		if round := cycle(in, a.Code); round != nil {
			c.add(path, "area %q lies within itself (%s); correct in", a.Code, strings.Join(round, " → "))
		}
	}
}

// cycle returns the way from an area back to itself; nil when there is none.
func cycle(in map[string]string, from string) []string {
	way := []string{from}
	for code := in[from]; code != "" && len(way) <= len(in); code = in[code] {
		way = append(way, code)
		if code == from {
			return way
		}
	}
	return nil
}

// lists checks legal areas, facts and kinds.
func (c *checker) lists() {
	for i, l := range c.d.LegalAreas {
		path := at("legal_areas", i)
		c.id("legal_areas", path, l.ID)
		c.texts(path, fmt.Sprintf("legal area %q: its title", l.ID), l.Title, true, maxName)
	}
	areas := ""
	for i, f := range c.d.Facts {
		path := at("facts", i)
		c.id("facts", path, f.ID)
		c.fact(path, f)
		if f.Areas && areas != "" {
			c.clash(path, areas, "fact %q: another fact has areas as its values already; only one can", f.ID)
		} else if f.Areas {
			areas = path
		}
	}
	for i, k := range c.d.Kinds {
		path := at("kinds", i)
		c.id("kinds", path, k.ID)
		c.texts(path, fmt.Sprintf("kind %q: its title", k.ID), k.Title, true, maxName)
	}
}

func (c *checker) fact(path string, f Fact) {
	c.texts(at(path, "ask"), fmt.Sprintf("fact %q: its question", f.ID), f.Ask, true, maxText)
	if f.Areas && len(f.Values) > 0 {
		c.add(path, "fact %q has areas as its values and so can't list others; remove areas or values", f.ID)
	}
	if !f.Areas && len(f.Values) < 2 {
		c.add(path, "fact %q needs at least two values", f.ID)
	}
	for i, v := range f.Values {
		vp := at(path, "values", i)
		c.id("values of "+f.ID, vp, v.ID)
		c.texts(vp, fmt.Sprintf("fact %q: the title of %q", f.ID, v.ID), v.Title, true, maxName)
	}
}

func (c *checker) offices() {
	serves := map[[2]string]string{} // kind and area → path of the office
	for i, o := range c.d.Offices {
		path := at("offices", i)
		c.id("offices", path, o.ID)
		if other, ok := c.ids["kinds"][o.ID]; ok {
			c.clash(path, other, "office %q: a kind has this ID, too, so a rule couldn't tell them apart; rename one", o.ID)
		}
		if o.Kind != "" && !c.has("kinds", o.Kind) {
			c.add(at(path, "kind"), "office %q: kind %q is not among the kinds%s", o.ID, o.Kind, c.nearest(o.Kind, "kinds"))
		}
		c.office(path, o)
		c.contact(path, o)
		c.servesAreas(path, o, serves)
	}
}

func (c *checker) servesAreas(path string, o Office, serves map[[2]string]string) {
	if len(o.Serves) == 0 {
		c.add(path, "office %q serves no area; add serves: [code, …]", o.ID)
	}
	for n, code := range o.Serves {
		switch {
		case !c.has("areas", code):
			c.add(at(path, "serves"), "office %q serves %q, which is not among the areas%s", o.ID, code, c.nearest(code, "areas"))
			continue
		case slices.Contains(o.Serves[:n], code):
			c.add(at(path, "serves"), "office %q names area %q twice under serves", o.ID, code)
			continue
		case o.Kind == "":
			continue
		}
		key := [2]string{o.Kind, code}
		if first, ok := serves[key]; ok {
			c.clash(path, first, "office %q: area %q has an office of kind %q already; only one may serve it", o.ID, code, o.Kind)
			continue
		}
		serves[key] = path
	}
}

func (c *checker) office(path string, o Office) {
	c.texts(at(path, "name"), fmt.Sprintf("office %q: its name", o.ID), o.Name, true, maxName)
	c.texts(at(path, "hours"), fmt.Sprintf("office %q: hours", o.ID), o.Hours, false, maxText)
	c.texts(at(path, "appointment"), fmt.Sprintf("office %q: appointment", o.ID), o.Appointment, false, maxText)
	c.laws(path, fmt.Sprintf("office %q", o.ID), o.Law)
	c.review(path, fmt.Sprintf("office %q", o.ID), o.Review)
}

func (c *checker) laws(path, who string, laws []string) {
	for i, l := range laws {
		if !c.has("legal_areas", l) {
			c.add(at(path, "law"), "%s: legal area %q is not among the legal areas%s", who, l, c.nearest(l, "legal_areas"))
		} else if slices.Contains(laws[:i], l) {
			c.add(at(path, "law"), "%s names legal area %q twice", who, l)
		}
	}
}

func (c *checker) review(path, who string, r Review) {
	c.text(at(path, "source"), who+": source", r.Source, maxText)
	if r.Every < 0 || r.Every%(24*time.Hour) != 0 || r.Every > 100*365*24*time.Hour {
		c.add(at(path, "review_every"), "%s: review_every must be a number of days, as in 180 days", who)
	}
	if !r.ReviewedAt.Equal(Day(r.ReviewedAt)) {
		c.add(at(path, "reviewed"), "%s: reviewed must be a day, as in 2026-11-03", who)
	}
}

// Day returns the calendar day of t in its own location, as midnight UTC; the zero time stays zero. Days
// in a knowledge base (reviews, validity of rules) are of this form.
func Day(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

var (
	phonePattern    = regexp.MustCompile(`^(\+[0-9]{1,3}[ /-]?)?(\(0\)[ ]?)?[0-9(][0-9 ()/–-]*[0-9]$`)
	postcodePattern = regexp.MustCompile(`^[0-9]{5}$`)
)

// contact checks the form of what people will dial, write to and click.
func (c *checker) contact(path string, o Office) {
	if o.Phone != "" && (!phonePattern.MatchString(o.Phone) || digits(o.Phone) < 3 || digits(o.Phone) > 20) {
		c.add(at(path, "phone"), "office %q: %q is no telephone number; write it as in 0221 4710-310", o.ID, o.Phone)
	}
	if a, err := mail.ParseAddress(o.Email); o.Email != "" && (err != nil || a.Address != o.Email || !strings.Contains(o.Email, ".")) {
		c.add(at(path, "email"), "office %q: %q is no mail address; write it as in amt@lippe.example", o.ID, o.Email)
	}
	if o.Web != "" && !webAddress(o.Web) {
		c.add(at(path, "web"), "office %q: %q is no link; write it as in https://lippe.example/amt", o.ID, o.Web)
	}
	if o.Postcode != "" && !postcodePattern.MatchString(o.Postcode) {
		c.add(at(path, "postcode"), "office %q: %q is no postcode; it has five digits", o.ID, o.Postcode)
	}
	for _, f := range [][2]string{{"street", o.Street}, {"city", o.City}, {"phone", o.Phone}, {"email", o.Email}, {"web", o.Web}} {
		if f[1] != "" {
			c.name(at(path, f[0]), fmt.Sprintf("office %q: %s", o.ID, f[0]), f[1])
		}
	}
	if o.Phone == "" && o.Email == "" && o.Web == "" && o.Street == "" {
		c.warn(path, "office %q has no contact at all: no phone, email, web or street", o.ID)
	}
}

func digits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.ContainsAny(s, " <>\"")
}

// kindsServe finds towns for which a kind of office has none: a rule would lead nowhere there.
func (c *checker) kindsServe() {
	around := map[string]string{}
	inner := map[string]bool{} // has an area within it, so is no town
	for _, a := range c.d.Areas {
		around[a.Code] = a.In
		inner[a.In] = true
	}
	served := map[string]map[string]bool{}
	for _, o := range c.d.Offices {
		if served[o.Kind] == nil {
			served[o.Kind] = map[string]bool{}
		}
		for _, code := range o.Serves {
			served[o.Kind][code] = true
		}
	}
	for i, k := range c.d.Kinds {
		without := slices.DeleteFunc(slices.Clone(c.d.Areas), func(a Area) bool {
			return inner[a.Code] || reaches(served[k.ID], around, a.Code)
		})
		if len(without) > 0 {
			c.add(at("kinds", i), "kind %q has no office for %s; let an office of this kind serve it, or the area around it",
				k.ID, shortList(without))
		}
	}
}

func reaches(served map[string]bool, around map[string]string, code string) bool {
	for range len(around) + 1 {
		if served[code] {
			return true
		}
		if code = around[code]; code == "" {
			return false
		}
	}
	return false
}

func shortList(areas []Area) string {
	const most = 3
	var names []string
	for _, a := range areas[:min(most, len(areas))] {
		names = append(names, a.Name)
	}
	s := strings.Join(names, ", ")
	if n := len(areas) - most; n > 0 {
		s += " and " + strconv.Itoa(n) + " more"
	}
	return s
}
