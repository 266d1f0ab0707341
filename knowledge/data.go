package knowledge

import "lotse/knowledge/text"

// Data is a whole knowledge base as values: what an import carries and an export writes. Lists are in
// the order of the source, which is the order in which people see them.
type Data struct {
	Areas      []Area
	LegalAreas []LegalArea
	Facts      []Fact
	Kinds      []Kind
	Offices    []Office
	Topics     []Topic
	Foreign    []Example    // examples of what is no matter of Lotse's
	Words      text.Lexicon // words that state facts
}
