//go:build tools

// Package plugin names the program that the tests build, so that go.mod and go.sum pin all of it.
package plugin

import _ "github.com/aws/session-manager-plugin/src/sessionmanagerplugin-main"
