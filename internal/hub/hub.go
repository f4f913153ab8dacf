// Package hub fetches a pretrained encoder from a Hugging Face hub into the cache that Python's libraries use, resumed and verified, finds
// one there, or copies one. It fetches no pickles and no data sets, and loads nothing into memory.
package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// Client talks to one hub.
type Client struct {
	Endpoint string // such as https://huggingface.co, without a slash at the end
	Token    string // sent to the endpoint alone; empty for none
	HTTP     *http.Client
	Backoff  time.Duration // before the first retry, doubled before each further one
}

// FromEnvironment returns a client for HF_ENDPOINT (a mirror; default the public hub) with HF_TOKEN.
func FromEnvironment() (*Client, error) {
	endpoint := strings.TrimRight(os.Getenv("HF_ENDPOINT"), "/")
	if endpoint == "" {
		endpoint = "https://huggingface.co"
	}
	u, err := url.Parse(endpoint)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return nil, fmt.Errorf("HF_ENDPOINT %q: want an address such as https://HOST", endpoint)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = 30 * time.Second
	return &Client{Endpoint: endpoint, Token: os.Getenv("HF_TOKEN"), HTTP: &http.Client{Transport: transport}, Backoff: time.Second}, nil
}

// validName is a model's name on a hub: NAME or OWNER/NAME.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?$`)

// validRevision is a branch, a tag or a commit.
var validRevision = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$`)

// validCommit is a commit's name. It becomes a folder's name.
var validCommit = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// CheckName says why a text cannot be a model's name on a hub or its revision.
func CheckName(name, revision string) error {
	if !validName.MatchString(name) || strings.Contains(name, "..") || strings.Contains(name, "--") { // "--" stands for "/" in the cache
		return fmt.Errorf("model %q: want a folder, or a name on the hub such as sentence-transformers/all-MiniLM-L6-v2", name)
	}
	if !validRevision.MatchString(revision) || strings.Contains(revision, "..") {
		return fmt.Errorf("revision %q: want a branch, a tag or a commit", revision)
	}
	return nil
}

// remoteFile is a file of a model as the hub lists it.
type remoteFile struct {
	Name   string `json:"rfilename"`
	Size   int64  `json:"size"`   // 0 where the hub does not tell
	BlobID string `json:"blobId"` // git's sha1 of the file, or of the pointer to a large one
	LFS    *struct {
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	} `json:"lfs"`
}

// maxListing bounds the hub's answer about a model.
const maxListing = 16 << 20

// list returns a model's files at the commit that a revision stands for.
func (c *Client) list(ctx context.Context, name, revision string) (commit string, files []remoteFile, err error) {
	address := fmt.Sprintf("%s/api/models/%s/revision/%s?blobs=true", c.Endpoint, name, url.PathEscape(revision))
	response, err := c.get(ctx, address, 0)
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	var listing struct {
		SHA      string       `json:"sha"`
		Siblings []remoteFile `json:"siblings"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxListing)).Decode(&listing); err != nil {
		return "", nil, fmt.Errorf("%s: the answer is no list of files: %w", address, err)
	}
	if !validCommit.MatchString(listing.SHA) {
		return "", nil, fmt.Errorf("%s: the answer names no commit", address)
	}
	return listing.SHA, listing.Siblings, nil
}

// statusError is an answer that is no success.
type statusError struct {
	address string
	status  int
	advice  string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s: %d %s%s", e.address, e.status, http.StatusText(e.status), e.advice)
}

// get asks for an address, from a byte on. The answer is 200, or 206 where from is above 0.
func (c *Client) get(ctx context.Context, address string, from int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "skillspace")
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token) // net/http drops it when another host is redirected to
	}
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK || from > 0 && response.StatusCode == http.StatusPartialContent {
		return response, nil
	}
	response.Body.Close()
	failed := &statusError{address: address, status: response.StatusCode}
	switch response.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		failed.advice = " (is there such a model? a gated or private one needs HF_TOKEN)"
	case http.StatusNotFound:
		failed.advice = " (no such model or revision)"
	}
	return nil, failed
}

// passing tells whether an error may be gone at the next try.
func passing(err error) bool {
	var failed *statusError
	if errors.As(err, &failed) {
		return failed.status == http.StatusTooManyRequests || failed.status >= 500 || failed.status == http.StatusRequestedRangeNotSatisfiable
	}
	var disk *os.PathError
	return !errors.As(err, &disk) && !errors.Is(err, context.Canceled) && !errors.Is(err, errMismatch)
}
