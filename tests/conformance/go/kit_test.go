// Package conformance runs the Go SDK, unmodified, against a running emulator.
//
// This file holds what all its tests share: where the emulator is, how a test makes an object, and the emulator's
// control routes. It runs from `make conformance-go`, which sets the environment; what each call of the SDK has to do
// is in the files named after a subject.
package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/qiniu/go-sdk/v7/auth"
	"github.com/qiniu/go-sdk/v7/client"
	"github.com/qiniu/go-sdk/v7/storage"
	"github.com/qiniu/go-sdk/v7/storagev2/credentials"
	"github.com/qiniu/go-sdk/v7/storagev2/http_client"
	"github.com/qiniu/go-sdk/v7/storagev2/uplog"
)

const (
	public  = "go-public"
	private = "go-private"
	mib     = 1 << 20
)

// emulator is what its ready file says.
type emulator struct {
	UC        string `json:"uc"`
	Control   string `json:"control"`
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
	Buckets   map[string]struct {
		Domain string `json:"domain"`
		IoSrc  string `json:"io_src"`
	} `json:"buckets"`
}

var server emulator

func TestMain(m *testing.M) {
	if err := json.Unmarshal([]byte(os.Getenv("KODO_EMULATOR_FACTS")), &server); err != nil {
		fmt.Fprintln(os.Stderr, "KODO_EMULATOR_FACTS is not set: run `make conformance-go`")
		os.Exit(2)
	}
	uplog.DisableUplog() // The SDK would report what it does to an address outside.
	os.Exit(m.Run())
}

func mac() *auth.Credentials {
	return auth.New(server.AccessKey, server.SecretKey)
}

func manager() *storage.BucketManager {
	return storage.NewBucketManager(mac(), &storage.Config{})
}

// insecure are the options of every storagev2 object: plain HTTP, because the emulator has no certificate.
func insecure() http_client.Options {
	return http_client.Options{
		Credentials:         credentials.NewCredentials(server.AccessKey, server.SecretKey),
		UseInsecureProtocol: true,
	}
}

// token is an upload token of one hour; the policy's scope is set by the caller.
func token(policy storage.PutPolicy) string {
	if policy.Expires == 0 {
		policy.Expires = 3600
	}
	return policy.UploadToken(mac())
}

// overwriting is a token that replaces key in the public bucket.
func overwriting(key string) string {
	return token(storage.PutPolicy{Scope: public + ":" + key})
}

// pattern is content whose byte i is i mod 251, as in the vectors of protocol §9.4.
func pattern(size int) []byte {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i % 251)
	}
	return content
}

// put makes an object and gives what the upload answered.
func put(t *testing.T, bucket, key string, content []byte) storage.PutRet {
	t.Helper()
	var answer storage.PutRet
	err := storage.NewFormUploader(&storage.Config{}).Put(
		context.Background(), &answer, token(storage.PutPolicy{Scope: bucket + ":" + key}), key,
		bytes.NewReader(content), int64(len(content)), nil,
	)
	must(t, err)
	return answer
}

// content is what the bucket's domain serves, signed.
func content(t *testing.T, bucket, key string) []byte {
	t.Helper()
	url := storage.MakePrivateURLv2(mac(), server.Buckets[bucket].Domain, key, time.Now().Add(time.Hour).Unix())
	status, body := get(t, url)
	equal(t, status, 200)
	return body
}

func get(t *testing.T, url string) (int, []byte) {
	t.Helper()
	response, err := http.Get(url)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, body
}

func stat(t *testing.T, bucket, key string) storage.FileInfo {
	t.Helper()
	info, err := manager().Stat(bucket, key)
	must(t, err)
	return info
}

// control calls one of the emulator's own routes.
func control(t *testing.T, method, route string, document, answer any) {
	t.Helper()
	body, err := json.Marshal(document)
	must(t, err)
	request, err := http.NewRequest(method, server.Control+route, bytes.NewReader(body))
	must(t, err)
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != 200 {
		t.Fatalf("%s %s: %d %s", method, route, response.StatusCode, said)
	}
	if answer != nil {
		must(t, json.Unmarshal(said, answer))
	}
}

// logged is one line of the emulator's request log.
type logged struct {
	Host   string `json:"host"`
	Method string `json:"method"`
	Target string `json:"target"`
	Status int    `json:"status"`
	Range  string `json:"range"`
}

// requests are those that the emulator got while act ran.
func requests(t *testing.T, act func()) []logged {
	t.Helper()
	control(t, "DELETE", "/log", nil, nil)
	act()
	var lines []logged
	control(t, "GET", "/log", nil, &lines)
	return lines
}

// later lets time pass for what is stored, until the test ends.
func later(t *testing.T, duration time.Duration) {
	t.Helper()
	control(t, "POST", "/clock", map[string]float64{"elapsed_s": duration.Seconds()}, nil)
	t.Cleanup(func() { control(t, "POST", "/clock", map[string]float64{"elapsed_s": 0}, nil) })
}

// refused checks the status and a part of the text of an error, as clients match on it.
func refused(t *testing.T, err error, status int, text string) {
	t.Helper()
	var info *client.ErrorInfo
	if !errors.As(err, &info) {
		t.Fatalf("got %v, want status %d", err, status)
	}
	if info.Code != status || !strings.Contains(info.Err, text) {
		t.Fatalf("got %d %q, want %d %q", info.Code, info.Err, status, text)
	}
	if info.Reqid == "" {
		t.Fatal("the refusal has no X-Reqid")
	}
}

// contains checks an error that the SDK wraps, so that only its text is left.
func contains(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Fatalf("got %v, want an error with %q", err, text)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func equalBytes(t *testing.T, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Fatalf("got %d bytes that are not the %d expected ones", len(got), len(want))
	}
}

// equalJSON compares slices and maps by what they look like.
func equalJSON(t *testing.T, got, want any) {
	t.Helper()
	left, err := json.Marshal(got)
	must(t, err)
	right, err := json.Marshal(want)
	must(t, err)
	if !bytes.Equal(left, right) {
		t.Fatalf("got %s, want %s", left, right)
	}
}
