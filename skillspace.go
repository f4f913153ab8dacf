// Package skillspace holds the release number of the module, so that the commands, the bundle and the papers name the same one.
// Everything else is in the folders beside it: docs/architecture.md is the map.
package skillspace

import (
	_ "embed"
	"strings"
)

//go:embed VERSION
var version string

// Version is the release that this source belongs to, such as "0.1.0": the content of the file VERSION.
// Which commit a command was built from is in its build information, not here.
func Version() string { return strings.TrimSpace(version) }
