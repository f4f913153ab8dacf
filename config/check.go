package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// checker keeps the first complaint, so that a Validate reads as a plain list of rules.
type checker struct{ err *KeyError }

func (k *checker) result() error {
	if k.err == nil { // a nil *KeyError in an error would not be nil
		return nil
	}
	return k.err
}

func (k *checker) fail(key, format string, args ...any) {
	if k.err == nil {
		k.err = &KeyError{Key: key, Reason: fmt.Sprintf(format, args...)}
	}
}

func (k *checker) required(key, value, what string) {
	if strings.TrimSpace(value) == "" {
		k.fail(key, "is not set; it names %s", what)
	}
}

func (k *checker) oneOf(key, value string, allowed ...string) {
	for _, a := range allowed {
		if value == a {
			return
		}
	}
	k.fail(key, "is %q; want %s", value, alternatives(allowed))
}

func (k *checker) atLeast(key string, value, low int) {
	if value < low {
		k.fail(key, "is %d; want %d or above", value, low)
	}
}

func (k *checker) between(key string, value, low, high int) {
	if value < low || value > high {
		k.fail(key, "is %d; want %d to %d", value, low, high)
	}
}

func (k *checker) above(key string, value, low float64) {
	if !(value > low) { // written so that NaN fails too
		k.fail(key, "is %v; want above %v", value, low)
	}
}

func (k *checker) atMost(key string, value, high float64) {
	if !(value <= high) {
		k.fail(key, "is %v; want at most %v", value, high)
	}
}

func (k *checker) notBelow(key string, value, low float64) {
	if !(value >= low) {
		k.fail(key, "is %v; want %v or above", value, low)
	}
}

func (k *checker) notNegative(key string, value float64) {
	if !(value >= 0) {
		k.fail(key, "is %v; want 0 or above", value)
	}
}

func (k *checker) share(key string, value float64) {
	if !(value >= 0 && value < 1) {
		k.fail(key, "is %v; want 0 to below 1", value)
	}
}

// checkFilterThreshold allows a probability, and -1 for the filter's own.
func checkFilterThreshold(k *checker, threshold float64) {
	if threshold != -1 {
		k.notNegative("filter_threshold", threshold)
		k.atMost("filter_threshold", threshold, 1)
	}
}

// checkAddress allows HOST:PORT; the host may be empty, the port 0.
func checkAddress(k *checker, key, address string) {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		k.fail(key, "is %q; want HOST:PORT, such as 127.0.0.1:8080", shorten(address))
	}
}

// alternatives joins words as "a, b or c".
func alternatives(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
