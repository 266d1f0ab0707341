package rules_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lotse/knowledge/rules"
)

// world is a small county: three towns, two offices of one kind, three of another.
func world() *rules.World {
	return &rules.World{
		Domain: rules.Domain{
			{ID: "status", Values: []string{"asylum", "tolerated", "permit"}},
			{ID: "town", Values: []string{"a", "b", "c"}},
			{ID: "age", Values: []string{"child", "adult", "pension"}, UnlessSaid: []string{"pension"}},
			{ID: "benefit", Values: []string{"sgb2", "alg1", "none"}},
		},
		Town: "town",
		In:   map[string]string{"a": "county", "b": "county", "c": "county", "county": "state"},
		Kinds: map[string]map[string]string{
			"social": {"a": "social-a", "b": "social-b", "c": "social-c"},
			"youth":  {"county": "youth-county", "b": "youth-b"},
			"single": {"county": "single-county"},
		},
	}
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func when(kv ...string) map[string][]string {
	out := map[string][]string{}
	for i := 0; i < len(kv); i += 2 {
		out[kv[i]] = append(out[kv[i]], kv[i+1])
	}
	return out
}

func living() []rules.Rule {
	return []rules.Rule{
		{When: when("status", "asylum", "status", "tolerated"), To: "social"},
		{When: when("age", "pension"), To: "social"},
		{To: "job"},
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	d := world().Domain
	r := rules.Rule{When: when("status", "asylum", "status", "tolerated", "benefit", "sgb2")}
	everything := rules.Rule{When: when("benefit", "sgb2", "benefit", "alg1", "benefit", "none")}
	tests := []struct {
		name  string
		rule  rules.Rule
		known rules.Facts
		d     rules.Domain
		want  rules.Truth
	}{
		{"no condition", rules.Rule{}, nil, d, rules.True},
		{"nothing known", r, nil, d, rules.Unknown},
		{"one of two known", r, rules.Facts{"status": "asylum"}, d, rules.Unknown},
		{"both known", r, rules.Facts{"status": "tolerated", "benefit": "sgb2"}, d, rules.True},
		{"one known against it", r, rules.Facts{"status": "permit"}, d, rules.False},
		{"every value meets it", everything, nil, d, rules.True},
		{"a value that the domain lacks", everything, rules.Facts{"benefit": "wogg"}, d, rules.False},
		{"an unknown fact", rules.Rule{When: when("shoe", "42")}, nil, d, rules.False},
		{
			"one of the values that meet it", r,
			rules.Facts{"benefit": "sgb2"},
			d.Among(map[string][]string{"status": {"asylum", "tolerated"}}), rules.True,
		},
		{
			"one of values that do not", r,
			rules.Facts{"benefit": "sgb2"},
			d.Among(map[string][]string{"status": {"permit"}}), rules.False,
		},
		{
			"one of no values at all", r,
			rules.Facts{"benefit": "sgb2"},
			d.Among(map[string][]string{"status": {"gone"}}), rules.Unknown,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.rule.Holds(tt.known, tt.d); got != tt.want {
				t.Errorf("Holds = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestValidOn(t *testing.T) {
	t.Parallel()
	r := rules.Rule{From: day("2026-07-01"), Until: day("2026-12-31")}
	for at, want := range map[string]bool{
		"2026-06-30T23:59:59Z": false, "2026-07-01T00:00:00Z": true, "2026-12-31T23:30:00Z": true,
		"2026-12-31T23:30:00+01:00": true, "2027-01-01T00:00:00+01:00": false, "2027-01-01T00:00:00Z": false,
	} {
		at, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.ValidOn(at); got != want {
			t.Errorf("ValidOn(%s) = %t, want %t", at, got, want)
		}
	}
	if !(rules.Rule{}).ValidOn(time.Time{}) {
		t.Error("a rule without dates is not valid")
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	youth := []rules.Rule{{To: "youth"}}
	byBenefit := []rules.Rule{{When: when("benefit", "sgb2"), To: "job"}, {When: when("benefit", "alg1"), To: "agency"}}
	mixed := []rules.Rule{{When: when("age", "child"), To: "job"}, {When: when("age", "pension"), To: "agency"}, {To: "other"}}
	dated := []rules.Rule{{To: "old", Until: day("2026-12-31")}, {To: "new", From: day("2027-01-01")}}
	tests := []struct {
		name  string
		rules []rules.Rule
		known rules.Facts
		want  rules.Result
	}{
		{"asks for the fact that separates, merged; nobody is presumed in pension", living(), nil, rules.Result{
			Rule: -1, Ask: "status", Options: [][]string{{"asylum", "tolerated"}, {"permit"}},
			Either: []rules.Candidate{
				{Office: "social-a", Kind: "social", When: when("status", "asylum", "status", "tolerated", "town", "a")},
				{Office: "social-b", Kind: "social", When: when("status", "asylum", "status", "tolerated", "town", "b")},
				{Office: "social-c", Kind: "social", When: when("status", "asylum", "status", "tolerated", "town", "c")},
				{Office: "job", When: when("status", "permit")},
			},
		}},
		{
			"the town is no question where it changes nothing", living(),
			rules.Facts{"status": "permit"},
			rules.Result{Rule: 2, Office: "job", Because: []string{"status"}},
		},
		{
			"what was said of the age counts", living(),
			rules.Facts{"status": "permit", "age": "pension", "town": "b"},
			rules.Result{Rule: 1, Office: "social-b", Because: []string{"age", "town"}},
		},
		{
			"a fact that changes nothing is no reason", living(),
			rules.Facts{"status": "tolerated", "age": "adult", "town": "c", "benefit": "none"},
			rules.Result{Rule: 0, Office: "social-c", Because: []string{"status", "town"}},
		},
		{
			"two rules, one office: certain, by no rule alone",
			[]rules.Rule{{When: when("status", "permit"), To: "job"}, {To: "job"}},
			nil,
			rules.Result{Rule: -1, Office: "job"},
		},
		{"towns merged by office, the smaller group first", youth, nil, rules.Result{
			Rule: -1, Ask: "town", Options: [][]string{{"a", "c"}, {"b"}},
			Either: []rules.Candidate{
				{Office: "youth-b", Kind: "youth", When: when("town", "b")},
				{Office: "youth-county", Kind: "youth", When: when("town", "a", "town", "c")},
			},
		}},
		{"the most specific area wins", youth, rules.Facts{"town": "b"}, rules.Result{Rule: 0, Office: "youth-b", Because: []string{"town"}}},
		{"else the one around it", youth, rules.Facts{"town": "a"}, rules.Result{Rule: 0, Office: "youth-county", Because: []string{"town"}}},
		{"a town that no office of the kind serves", []rules.Rule{{To: "social"}}, rules.Facts{"town": "elsewhere"}, rules.Result{Rule: 0}},
		{"a kind with one office never asks", []rules.Rule{{To: "single"}}, nil, rules.Result{Rule: 0, Office: "single-county"}},
		{"no rule holds", byBenefit, rules.Facts{"benefit": "none"}, rules.Result{Rule: -1}},
		{"options that lead nowhere are options", byBenefit, nil, rules.Result{
			Rule: -1, Ask: "benefit", Options: [][]string{{"sgb2"}, {"alg1"}, {"none"}},
			Either: []rules.Candidate{{Office: "job", When: when("benefit", "sgb2")}, {Office: "agency", When: when("benefit", "alg1")}},
		}},
		{"asked all the same, the presumed value is an option", mixed, nil, rules.Result{
			Rule: -1, Ask: "age", Options: [][]string{{"child"}, {"adult"}, {"pension"}},
			Either: []rules.Candidate{
				{Office: "job", When: when("age", "child")},
				{Office: "other", When: when("age", "adult")},
				{Office: "agency", When: when("age", "pension")},
			},
		}},
		{"only rules in force count", dated, nil, rules.Result{Rule: 0, Office: "old"}},
		{"no rules", nil, nil, rules.Result{Rule: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := world().Resolve(tt.rules, tt.known, day("2026-11-22"))
			if d := cmp.Diff(got, tt.want); d != "" {
				t.Errorf("Resolve (-got +want):\n%s", d)
			}
		})
	}
}

func TestResolveAmong(t *testing.T) {
	t.Parallel()
	w := world()
	w.Domain = w.Domain.Among(map[string][]string{"status": {"asylum", "tolerated"}})
	got := w.Resolve(living(), rules.Facts{"town": "a"}, day("2026-11-22"))
	if want := (rules.Result{Rule: 0, Office: "social-a", Because: []string{"town"}}); !cmp.Equal(got, want) {
		t.Errorf("Resolve = %+v, want %+v", got, want)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		rules []rules.Rule
		want  []int
	}{
		{"all can decide, also the unlikely", living(), nil},
		{"behind one without conditions", []rules.Rule{{To: "job"}, {When: when("status", "permit"), To: "x"}, {To: "y"}}, []int{1, 2}},
		{"conditions taken away", []rules.Rule{
			{When: when("status", "asylum", "status", "tolerated"), To: "x"}, {When: when("status", "permit"), To: "y"}, {To: "z"},
		}, []int{2}},
		{"taken away by two facts together", []rules.Rule{
			{When: when("status", "permit"), To: "x"}, {When: when("status", "permit", "benefit", "sgb2"), To: "y"}, {To: "z"},
		}, []int{1}},
		{"in force at another time", []rules.Rule{{To: "x", Until: day("2026-12-31")}, {To: "y", From: day("2026-01-01")}}, nil},
		{"never in force", []rules.Rule{{To: "x", From: day("2027-01-01"), Until: day("2026-12-31")}, {To: "y"}}, []int{0}},
		{"a fact that does not exist", []rules.Rule{{When: when("shoe", "42"), To: "x"}, {To: "y"}}, []int{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := world().Unreachable(tt.rules); !cmp.Equal(got, tt.want) {
				t.Errorf("Unreachable = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestServingEndsInACycle(t *testing.T) {
	t.Parallel()
	w := &rules.World{In: map[string]string{"a": "b", "b": "a"}, Kinds: map[string]map[string]string{"k": {"c": "office"}}}
	if got := w.Serving("k", "a"); got != "" {
		t.Errorf("Serving = %q, want none", got)
	}
}
