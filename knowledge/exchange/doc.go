// Package exchange reads and writes knowledge bases as folders of files that people edit.
//
// [ReadFolder] reads such a folder, checks all of it, and returns every [Problem] with its file and
// line. [WriteFolder] writes one; reading it gives the same knowledge base. knowledge/lippe is an
// example of the format:
//
//	areas.yaml        areas:       "05766040": {name: Lage, in: "05766", also: [...], everyday_word: true}
//	law.yaml          legal_areas: SGB2: {de: ..., en: ...}
//	facts.yaml        facts:       status: {ask: {de: ...}, values: {tolerated: {de: ..., unless_said: true}}}
//	kinds.yaml        kinds:       sozialamt: {de: ..., en: ...}
//	offices/*.yaml    offices:     jobcenter-lippe: {name: {de: ...}, serves: [...], phone: ..., ...}
//	topics/*.yaml     topics:      child-benefit: {title: {de: ...}, rules: [{when: ..., to: ...}], ...}
//	words/<lang>.yaml the fields of text.WordList
//	examples/*.jsonl  {"topic": "child-benefit", "lang": "de", "text": "..."}, a line each
//
// source, reviewed and review_every at the top of a file of offices or topics hold for each of its
// entries without one of its own. Values are taken as they are written: a postcode keeps its zero, and
// 6_15 is no number. Anchors, aliases, tags and merge keys of YAML are refused.
package exchange
