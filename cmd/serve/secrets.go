package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"skillspace/config"
)

// maxTokenBytes bounds a token's file, which holds one line.
const maxTokenBytes = 4096

// readToken returns the bearer token, from the file or else the environment; empty for none.
func readToken(cfg *config.Serve) (string, error) {
	if cfg.TokenFile == "" {
		if cfg.TokenEnv == "" {
			return "", nil
		}
		return checkToken("environment "+cfg.TokenEnv, os.Getenv(cfg.TokenEnv))
	}
	file, err := os.Open(cfg.TokenFile)
	if err != nil {
		return "", fmt.Errorf("token_file: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxTokenBytes+1))
	if err != nil {
		return "", fmt.Errorf("token_file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("token_file: %s is empty", cfg.TokenFile) // a server that was meant to be guarded
	}
	return checkToken("token_file: "+cfg.TokenFile, token)
}

// checkToken refuses what no Authorization header can carry. It never repeats the token.
func checkToken(origin, token string) (string, error) {
	if len(token) > maxTokenBytes {
		return "", fmt.Errorf("%s: more than %d bytes", origin, maxTokenBytes)
	}
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return "", errors.New(origin + ": want a token of ASCII characters without spaces, on one line")
		}
	}
	return token, nil
}

// readCertificate returns the TLS certificate, nil for plain HTTP.
func readCertificate(cfg *config.Serve) (*tls.Certificate, error) {
	if cfg.TLSCert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("tls_cert, tls_key: %w", err)
	}
	return &certificate, nil
}
