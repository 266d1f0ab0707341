package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"lotse/knowledge/eval"
)

// evalCmd measures how well questions are answered.
type evalCmd struct {
	Files []string `arg:"" type:"existingfile" help:"Files of questions with the expected decisions, in the format of knowledge/lippe/questions.yaml."`
	JSON  bool     `name:"json" help:"Print the figures as JSON."`
	Min   string   `help:"Fail if a figure is below, e.g. right=0.9,de.topic=0.93,ask.recall=0.95." placeholder:"NAME=VALUE,…"`
	Max   string   `help:"Fail if a figure is above, e.g. wrong_office=0.02,ms.p95=20." placeholder:"NAME=VALUE,…"`
}

// Run asks every question of the files and prints the figures; figures out of bounds are a failure.
func (c *evalCmd) Run(p *program) error {
	pool, err := openPool(p.ctx, p.cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	base, err := loadBase(p, pool, nil)
	if err != nil {
		return err
	}
	return c.measure(p.ctx, base, p.stdout, p.stderr)
}

// measure is Run with any base. Mistakes in bounds and files are found before anything is asked.
func (c *evalCmd) measure(ctx context.Context, asker eval.Asker, stdout, stderr io.Writer) error {
	least, err := eval.ParseBounds(c.Min)
	if err != nil {
		return err
	}
	greatest, err := eval.ParseBounds(c.Max)
	if err != nil {
		return err
	}
	cases, err := readCases(c.Files)
	if err != nil {
		return err
	}
	outcomes, err := eval.Run(ctx, asker, cases, time.Now)
	if err != nil {
		return err
	}
	report := eval.NewReport(outcomes)
	if c.JSON {
		err = printJSON(stdout, report)
	} else {
		err = report.Table(stdout)
	}
	if err != nil {
		return err
	}
	outside := report.Outside(least, greatest)
	for _, line := range outside {
		fmt.Fprintln(stderr, line)
	}
	if len(outside) > 0 {
		return errBad
	}
	return nil
}

func readCases(files []string) ([]eval.Case, error) {
	var cases []eval.Case
	var problems []error
	for _, name := range files {
		content, err := os.ReadFile(name) //nolint:gosec // the files that the caller names
		if err != nil {
			return nil, fmt.Errorf("read questions: %w", err)
		}
		read, err := eval.Read(name, content)
		cases, problems = append(cases, read...), append(problems, err)
	}
	return cases, errors.Join(problems...)
}
