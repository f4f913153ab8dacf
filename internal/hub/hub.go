// Package hub fetches a pretrained encoder from a Hugging Face hub into the cache that the Python libraries use. It resumes an
// interrupted download and verifies checksums. It also finds a model in the cache and copies a model to a folder. It fetches no
// pickles and no data sets, and it never holds a weight file in memory.
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

// Client fetches from one hub.
type Client struct {
	Endpoint string // such as https://huggingface.co, without a trailing slash
	Token    string // sent only to the endpoint; empty: no token
	HTTP     *http.Client
	Backoff  time.Duration // wait before the first retry; doubled before each further retry
}

// FromEnvironment returns a client for the mirror HF_ENDPOINT, by default the public hub, with the token HF_TOKEN.
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

// validCommit is a commit. It becomes the name of a folder.
var validCommit = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// CheckName returns an error if name cannot be a model on a hub, or revision cannot be one of its revisions.
func CheckName(name, revision string) error {
	if !validName.MatchString(name) || strings.Contains(name, "..") || strings.Contains(name, "--") { // the cache writes "--" for "/"
		return fmt.Errorf("model %q: want a folder, or a name on the hub such as sentence-transformers/all-MiniLM-L6-v2", name)
	}
	if !validRevision.MatchString(revision) || strings.Contains(revision, "..") {
		return fmt.Errorf("revision %q: want a branch, a tag or a commit", revision)
	}
	return nil
}

// remoteFile is one file in the hub's list of a model's files.
type remoteFile struct {
	Name   string `json:"rfilename"`
	Size   int64  `json:"size"`   // 0: unknown
	BlobID string `json:"blobId"` // git's sha1 of the file, or of the pointer to a large file
	LFS    *struct {
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	} `json:"lfs"`
}

// maxListing bounds the bytes of the hub's list of a model's files.
const maxListing = 16 << 20

// list resolves a revision to a commit and returns the model's files at that commit.
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
		return "", nil, fmt.Errorf("%s: the answer is not a list of files: %w", address, err)
	}
	if !validCommit.MatchString(listing.SHA) {
		return "", nil, fmt.Errorf("%s: the answer names no commit", address)
	}
	return listing.SHA, listing.Siblings, nil
}

// statusError is an answer of the hub with an error status.
type statusError struct {
	address string
	status  int
	advice  string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s: %d %s%s", e.address, e.status, http.StatusText(e.status), e.advice)
}

// get requests an address, starting at byte from. The status of the response is 200, or 206 if from is above 0.
func (c *Client) get(ctx context.Context, address string, from int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "skillspace")
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token) // net/http drops it on a redirect to another host
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
		failed.advice = " (there may be no such model; a gated or private model needs HF_TOKEN)"
	case http.StatusNotFound:
		failed.advice = " (no such model or revision)"
	}
	return nil, failed
}

// transient reports whether the same request may succeed later.
func transient(err error) bool {
	if failed, ok := errors.AsType[*statusError](err); ok {
		return failed.status == http.StatusTooManyRequests || failed.status >= 500 || failed.status == http.StatusRequestedRangeNotSatisfiable
	}
	var disk *os.PathError
	return !errors.As(err, &disk) && !errors.Is(err, context.Canceled) && !errors.Is(err, errMismatch)
}
