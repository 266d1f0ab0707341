// Package eval measures how well questions are answered.
//
// It reads files of questions with the expected decisions ([Read]), asks each case in a fresh
// conversation, its turns in order ([Run]), and counts ([Report]). A turn is right when the same
// office is named, the same fact is asked for, or nothing is answered where nothing should be.
package eval
