// Package embed turns texts into numbers: the probability of each topic, and a dense vector for pgvector.
//
// There are two implementations of [Embedder], and one of routing:
//
//   - [Model] is built in. [Train] makes it from examples in seconds, with no network and no download;
//     [Model.Route] gives the probability of each label and of none of them, [Model.Embed] a vector.
//     It is immutable and may be shared. [Model.WriteTo] and [Read] keep it in a file or a column.
//   - [OpenAI] asks a server that speaks /v1/embeddings. Servers differ on nearly every edge, fail in
//     many ways, and repeat the question in their error messages; so no text of a server ever
//     leaves this package, and no vector that wasn't checked.
//
// # How the built-in model works
//
// A text is normalised (see [lotse/knowledge/text.Normalise]) and cut into words and the 3- to
// 5-grams of each word. Every feature that occurs in an example has its own row of weights: nothing is
// hashed into buckets, which costs many points in foreign languages. A linear softmax decides about
// the topic; a second model with a hidden layer of [Dim] numbers is trained beside it, and its
// hidden layer is the vector. Both are trained by plain stochastic gradient descent, in a fixed order: the
// same examples and the same seed give the same weights, bit by bit, on one architecture.
//
// Weights are kept as one byte each with a scale per feature, which changes no decision that matters
// and makes a model of 170,000 features 36 MB small.
package embed
