package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"lotse/handlers/ask"
	"lotse/knowledge"
	"lotse/knowledge/exchange"
)

// importCmd reads a folder of knowledge into the database.
type importCmd struct {
	Folder string `arg:"" type:"existingdir" help:"Folder with the knowledge, e.g. knowledge/lippe."`
	DryRun bool   `help:"Check everything and show the difference, change nothing."`
}

// Run checks the whole folder, prints every problem, and imports all of it or nothing.
func (c *importCmd) Run(p *program) error {
	data, problems := exchange.ReadFolder(os.DirFS(c.Folder))
	bad := 0
	for _, problem := range problems {
		fmt.Fprintln(p.stderr, problem)
		if !problem.Warning {
			bad++
		}
	}
	if bad > 0 {
		fmt.Fprintf(p.stderr, "%d problems: nothing was imported.\n", bad)
		return errBad
	}
	pool, err := openPool(p.ctx, p.cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	base, err := newBase(p.cfg, pool, nil)
	if err != nil {
		return err
	}
	diff, err := base.Import(p.ctx, data, knowledge.ImportOptions{
		DryRun:   c.DryRun,
		Progress: progress(p.stderr),
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.stdout, diff)
	return err
}

// progress returns a function that tells how far a step is, at every tenth of it.
func progress(w io.Writer) func(step string, share float64) {
	lastStep, lastTenth := "", 0
	return func(step string, share float64) {
		tenth := int(share * 10)
		if step == lastStep && tenth == lastTenth {
			return
		}
		lastStep, lastTenth = step, tenth
		fmt.Fprintf(w, "%s: %d %%\n", step, tenth*10)
	}
}

// exportCmd writes the knowledge into a folder.
type exportCmd struct {
	Folder string `arg:"" help:"Folder to write; it must be empty or not exist."`
}

// Run writes what `lotse import` reads.
func (c *exportCmd) Run(p *program) error {
	pool, err := openPool(p.ctx, p.cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	base, err := newBase(p.cfg, pool, nil)
	if err != nil {
		return err
	}
	data, err := base.Export(p.ctx)
	if err != nil {
		return err
	}
	return exchange.WriteFolder(c.Folder, data)
}

// askCmd asks in the terminal.
type askCmd struct {
	Question string `arg:"" help:"The question, in quotes."`
	Lang     string `help:"Language of the answer; else that of the question."`
	Town     string `help:"Area code of the town, if the question doesn't name one."`
	Why      bool   `help:"Print the steps that led to the decision."`
	JSON     bool   `name:"json" help:"Print the decision whole, as JSON."`
}

// Run prints what Lotse would say.
func (c *askCmd) Run(p *program) error {
	pool, err := openPool(p.ctx, p.cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	base, err := loadBase(p, pool, nil)
	if err != nil {
		return err
	}
	in := knowledge.Input{Text: c.Question, Lang: c.Lang, Now: time.Now()}
	if c.Town != "" {
		in.Facts = map[string]string{"municipality": c.Town}
	}
	_, decision, err := base.Ask(p.ctx, knowledge.State{}, in)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, decision)
	}
	if _, err := fmt.Fprintln(p.stdout, ask.Render(base.Snapshot(), decision, decision.Lang)); err != nil {
		return err
	}
	if c.Why {
		for _, step := range decision.Why {
			fmt.Fprintln(p.stdout, "·", step)
		}
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
