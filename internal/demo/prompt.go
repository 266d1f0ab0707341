package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
)

// prompt sends each line of the input as anna and waits for the answer, until the input ends.
func prompt(ctx context.Context, s *stage, in io.Reader) error {
	lines := readLines(ctx, in)
	s.printf("\nYou are anna now: type a question; a number or a word answers one of Lotse's. Ctrl-D ends.\n")
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				return nil
			}
			if err := s.typed(ctx, line); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// readLines gives the lines that aren't empty. Its goroutine may outlive ctx until the next line
// comes: a read can't be interrupted.
func readLines(ctx context.Context, in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			line := strings.TrimSpace(scanner.Text())
			if line == "" {
				continue
			}
			select {
			case lines <- line:
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// typed says a line as anna. That Lotse says nothing is no error: not all that is said needs an answer.
func (s *stage) typed(ctx context.Context, line string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	said, err := s.people["anna"].Say(ctx, s.chat, line)
	if err != nil {
		return err
	}
	if _, err := s.answerTo(ctx, said); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s.caughtUp(ctx)
	return nil
}
