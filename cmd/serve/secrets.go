package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"

	"skillspace/config"
	"skillspace/serve"
)

// secrets are the bearer token and the TLS certificate.
type secrets struct {
	token       string           // empty: requests need none
	certificate *tls.Certificate // nil: plain HTTP
}

func readSecrets(cfg *config.Serve) (*secrets, error) {
	token, err := readToken(cfg)
	if err != nil {
		return nil, err
	}
	certificate, err := readCertificate(cfg)
	if err != nil {
		return nil, err
	}
	return &secrets{token, certificate}, nil
}

// reloader reads the secrets again on SIGHUP.
type reloader struct {
	cfg         *config.Serve
	log         *slog.Logger
	certificate atomic.Pointer[tls.Certificate]
}

// tls returns a configuration that uses the certificate read last.
func (r *reloader) tls() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return r.certificate.Load(), nil
	}}
}

func (r *reloader) watch(ctx context.Context, hangups <-chan os.Signal, server *serve.Server) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		held, err := readSecrets(r.cfg)
		if err != nil {
			r.log.Error("cannot reload; the old token and certificate stay", "error", err)
			continue
		}
		server.SetToken(held.token)
		r.certificate.Store(held.certificate)
		r.log.Info("reloaded", "token", held.token != "", "certificate", held.certificate != nil)
	}
}

// maxTokenBytes bounds the file of a token, which holds one line.
const maxTokenBytes = 4096

// readToken returns the bearer token from the file or, without a file, from the environment. It is empty if there is none.
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
		return "", fmt.Errorf("token_file: %s is empty", cfg.TokenFile) // the operator wants a token
	}
	return checkToken("token_file: "+cfg.TokenFile, token)
}

// checkToken refuses a token that an Authorization header cannot carry. Its errors do not contain the token.
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

// readCertificate returns the TLS certificate, or nil for plain HTTP.
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
