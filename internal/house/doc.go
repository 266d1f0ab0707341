// Package house starts what tests, the demo and development need around Lotse: a PostgreSQL with
// pgvector and a Synapse, both out of wheels in a virtual environment below the checkout.
//
//   - [Install] makes the virtual environment on first use, every package pinned by hash; [InstallNode]
//     likewise puts a Node.js beside it, for tests only.
//   - [Start] starts the servers in a temporary folder; [House.Stop] stops them and removes it. Servers
//     that are named by [Options] are used instead, and left alone.
//   - [Run] does both around a command, [Up] and [Down] keep a house in the background.
//
// No server outlives its house: they are children of the process with a death signal, so that even
// SIGKILL of the process stops them. Nothing listens beyond the loopback interface, and the data
// is thrown away: fsync is off and every limit of Synapse, too. Linux only.
package house
