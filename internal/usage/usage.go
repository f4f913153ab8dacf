// Package usage holds the error type that marks wrong use of a command: a bad flag, key, value or path (exit status 2).
// It does not print or exit: internal/command does.
package usage

import "fmt"

// Error marks an error as wrong use of the command: the user can fix it by calling the command differently.
// internal/command turns it into exit status 2.
type Error struct {
	// Err says what is wrong, and in which key, path or flag. It is never nil.
	Err error
}

// Error returns the message of the wrapped error, unchanged.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *Error) Unwrap() error { return e.Err }

// Wrap marks err as wrong use of the command. A nil error stays nil.
func Wrap(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Err: err}
}

// Errorf is Wrap of fmt.Errorf.
func Errorf(format string, args ...any) error {
	return &Error{Err: fmt.Errorf(format, args...)}
}
