package text

// Place is a town as [Masker] and [Reader] know it.
type Place struct {
	Code  string   // official municipality key
	Names []string // its name first, then other names and parts of town
	// EverydayWord: its one-word names mean something else, too (Lage, Schlangen). They count as a
	// town only where one is expected.
	EverydayWord bool
}
