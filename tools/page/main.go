// The program page makes a page for people of what the stages wrote: see package page. It is no part of the shipped
// programs, as the library that it draws with would be, too.
package main

import (
	"context"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/page"
)

const usage = `
usage: page [flags] [BASE]

Make one HTML file of the model card, the metrics, the plots and the params of the project in this folder, with
the verdict of its cross-validated scores against the revision BASE if one is given, or the reason why there
is none. It needs neither a network nor scripts. What no stage has written yet is missing, with the command that makes it.`

func main() { cli.Main("page", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	out := c.Output("out", "bin/page.html", "`file` to write")
	if err := c.Parse(1); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	base := ""
	if len(c.Args) == 1 {
		base = c.Args[0]
	}
	p, err := page.Make(ctx, ".", base)
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(*out, p.Write); err != nil {
		return err
	}
	if p.Uncompared != nil {
		c.Log.Warn().Str("base", base).Msgf("no verdict: %v", p.Uncompared)
	}
	c.Log.Info().Str("file", *out).Msg("made")
	return nil
}
