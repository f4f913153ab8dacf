package main

import (
	"testing"

	"skillspace/internal/command/commandtest"
)

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }
