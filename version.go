package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// versionLine names the version (of the module, else of the commit it was built from) and Go's.
func versionLine() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "lotse (unknown version)"
	}
	revision := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value
		}
	}
	version := info.Main.Version
	if version == "(devel)" {
		version = ""
	}
	return fmt.Sprintf("lotse %s, %s", cmp.Or(version, revision, "development"), info.GoVersion)
}
