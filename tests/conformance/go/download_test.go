package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/qiniu/go-sdk/v7/storage"
	"github.com/qiniu/go-sdk/v7/storagev2/credentials"
	"github.com/qiniu/go-sdk/v7/storagev2/downloader"
	resumablerecorder "github.com/qiniu/go-sdk/v7/storagev2/downloader/resumable_recorder"
)

func downloads(options downloader.DownloadManagerOptions) *downloader.DownloadManager {
	options.Options = insecure()
	return downloader.NewDownloadManager(&options)
}

// inParts downloads in parts of 1 MiB.
func inParts() downloader.DestinationDownloader {
	return downloader.NewConcurrentDownloader(&downloader.ConcurrentDownloaderOptions{Concurrency: 3, PartSize: mib})
}

func from(bucket string) *downloader.ObjectOptions {
	return &downloader.ObjectOptions{
		GenerateOptions: downloader.GenerateOptions{BucketName: bucket, UseInsecureProtocol: true},
	}
}

func TestBucketManagerGet(t *testing.T) {
	put(t, private, "get/a.txt", []byte("hello world"))
	must(t, manager().ChangeMeta(private, "get/a.txt", map[string]string{"colour": "red"}))
	output, err := manager().Get(private, "get/a.txt", nil)
	must(t, err)
	defer output.Close()
	body, err := io.ReadAll(output)
	must(t, err)
	equalBytes(t, body, []byte("hello world"))
	info := stat(t, private, "get/a.txt")
	equal(t, output.ETag, info.Hash)
	equal(t, output.ContentType, "text/plain")
	equal(t, output.ContentLength, 11)
	equal(t, output.LastModified.Unix(), storage.ParsePutTime(info.PutTime).Unix())
	equalJSON(t, output.Metadata, map[string]string{"X-Qn-Meta-Colour": "red"})
}

func TestBucketManagerGetOfARange(t *testing.T) {
	put(t, public, "get/range", []byte("0123456789"))
	for header, want := range map[string]string{"bytes=2-4": "234", "bytes=7-": "789", "bytes=-2": "89"} {
		output, err := manager().Get(public, "get/range", &storage.GetObjectInput{Range: header})
		must(t, err)
		body, err := io.ReadAll(output)
		must(t, err)
		equal(t, string(body), want)
		must(t, output.Close())
	}
	_, err := manager().Get(public, "get/range", &storage.GetObjectInput{Range: "bytes=10-"})
	refused(t, err, 416, "")
}

func TestBucketManagerGetFromADomain(t *testing.T) {
	put(t, private, "get/domain", []byte("x"))
	lines := requests(t, func() {
		output, err := manager().Get(private, "get/domain", &storage.GetObjectInput{
			DownloadDomains: []string{server.Buckets[private].Domain}, PresignUrl: true, TrafficLimit: 819200,
		})
		must(t, err)
		body, err := io.ReadAll(output)
		must(t, err)
		equalBytes(t, body, []byte("x"))
	})
	equal(t, lines[0].Host, "io")
}

func TestBucketManagerGetOfAwkwardKeys(t *testing.T) {
	for _, key := range awkward {
		put(t, public, key, []byte(key))
		output, err := manager().Get(public, key, nil)
		must(t, err)
		body, err := io.ReadAll(output)
		must(t, err)
		equal(t, string(body), key)
	}
}

func TestBucketManagerGetOfNothing(t *testing.T) {
	_, err := manager().Get(public, "get/missing", nil)
	refused(t, err, 404, "")
	put(t, public, "get/empty", nil)
	output, err := manager().Get(public, "get/empty", nil)
	must(t, err)
	body, err := io.ReadAll(output)
	must(t, err)
	equal(t, len(body), 0)
}

func TestDownloadInParts(t *testing.T) {
	want := pattern(5*mib + 17)
	put(t, private, "download/parts", want)
	path := filepath.Join(t.TempDir(), "parts")
	var seen atomic.Uint64
	options := from(private)
	options.OnDownloadingProgress = func(progress *downloader.DownloadingProgress) { seen.Store(progress.Downloaded) }
	lines := requests(t, func() {
		size, err := downloads(downloader.DownloadManagerOptions{DestinationDownloader: inParts()}).
			DownloadToFile(context.Background(), "download/parts", path, options)
		must(t, err)
		equal(t, size, 5*mib+17)
	})
	got, err := os.ReadFile(path)
	must(t, err)
	equalBytes(t, got, want)
	equal(t, seen.Load(), 5*mib+17)
	ranges := 0
	for _, line := range lines {
		if line.Host == "io_src" && line.Method == "GET" && line.Status == 206 {
			ranges++
		}
	}
	equal(t, ranges, 6)
}

func TestDownloadToWriter(t *testing.T) {
	want := pattern(2*mib + 1)
	put(t, public, "download/writer", want)
	var got bytes.Buffer
	_, err := downloads(downloader.DownloadManagerOptions{}).
		DownloadToWriter(context.Background(), "download/writer", &got, from(public))
	must(t, err)
	equalBytes(t, got.Bytes(), want)
}

func TestDownloadContinuesFromARecord(t *testing.T) {
	want := pattern(4 * mib)
	put(t, public, "download/resumed", want)
	path := filepath.Join(t.TempDir(), "resumed")
	manager := downloads(downloader.DownloadManagerOptions{
		DestinationDownloader: downloader.NewConcurrentDownloader(&downloader.ConcurrentDownloaderOptions{
			Concurrency: 1, PartSize: mib,
			ResumableRecorder: resumablerecorder.NewJsonFileSystemResumableRecorder(t.TempDir()),
		}),
	})
	download := func() error {
		_, err := manager.DownloadToFile(context.Background(), "download/resumed", path, from(public))
		return err
	}
	control(t, "POST", "/faults", []map[string]any{
		{"host": "io_src", "method": "GET", "nth": []int{3, 4, 5, 6, 7, 8, 9, 10}, "status": 403},
	}, nil)
	err := download()
	control(t, "DELETE", "/faults", nil, nil)
	if err == nil {
		t.Fatal("the download should have failed half-way")
	}
	lines := requests(t, func() { must(t, download()) })
	equal(t, countMethod(lines, "GET"), 2)
	got, err := os.ReadFile(path)
	must(t, err)
	equalBytes(t, got, want)
}

func TestDownloadOfAnObjectThatChangesIsRefused(t *testing.T) {
	put(t, public, "download/changing", pattern(3*mib))
	put(t, public, "download/changing", pattern(3*mib + 1)[1:])
	control(t, "POST", "/faults", []map[string]any{{"host": "io_src", "method": "GET", "stale": true}}, nil)
	defer control(t, "DELETE", "/faults", nil, nil)
	var got bytes.Buffer
	_, err := downloads(downloader.DownloadManagerOptions{DestinationDownloader: inParts()}).
		DownloadToWriter(context.Background(), "download/changing", &got, from(public))
	contains(t, err, "etag dismatch")
}

func TestDownloadSurvivesFailuresOfTheServer(t *testing.T) {
	want := pattern(3 * mib)
	put(t, public, "download/failing", want)
	control(t, "POST", "/faults", []map[string]any{
		{"host": "io_src", "method": "GET", "nth": 2, "status": 503},
		{"host": "io_src", "method": "GET", "nth": 3, "truncate_at": 1000},
	}, nil)
	defer control(t, "DELETE", "/faults", nil, nil)
	var got bytes.Buffer
	_, err := downloads(downloader.DownloadManagerOptions{
		DestinationDownloader: downloader.NewConcurrentDownloader(&downloader.ConcurrentDownloaderOptions{
			Concurrency: 1, PartSize: mib,
		}),
	}).DownloadToWriter(context.Background(), "download/failing", &got, from(public))
	must(t, err)
	equalBytes(t, got.Bytes(), want)
}

func TestDownloadOfGzip(t *testing.T) {
	want := bytes.Repeat([]byte("compressible "), 10_000)
	put(t, public, "download/gzip.txt", want)
	control(t, "POST", "/faults", []map[string]any{{"host": "io_src", "gzip": true}}, nil)
	defer control(t, "DELETE", "/faults", nil, nil)
	var got bytes.Buffer
	_, err := downloads(downloader.DownloadManagerOptions{}).
		DownloadToWriter(context.Background(), "download/gzip.txt", &got, from(public))
	must(t, err)
	equalBytes(t, got.Bytes(), want)
}

func TestDownloadDirectory(t *testing.T) {
	put(t, public, "download/tree/a", []byte("a"))
	put(t, public, "download/tree/sub/b", []byte("b"))
	put(t, public, "download/tree/empty/", nil)
	root := t.TempDir()
	must(t, downloads(downloader.DownloadManagerOptions{}).DownloadDirectory(context.Background(), root,
		&downloader.DirectoryOptions{BucketName: public, ObjectPrefix: "download/tree/", UseInsecureProtocol: true}))
	for name, want := range map[string]string{"a": "a", "sub/b": "b"} {
		got, err := os.ReadFile(filepath.Join(root, name))
		must(t, err)
		equal(t, string(got), want)
	}
	info, err := os.Stat(filepath.Join(root, "empty"))
	must(t, err)
	equal(t, info.IsDir(), true)
}

func TestDownloadFromQueriedDomains(t *testing.T) {
	put(t, private, "download/domains", []byte("x"))
	domains, err := downloader.NewDomainsQueryURLsProvider(&downloader.DomainsQueryURLsProviderOptions{
		Options: insecure(),
	})
	must(t, err)
	options := from(private)
	options.DownloadURLsProvider = downloader.SignURLsProvider(domains,
		downloader.NewCredentialsSigner(credentials.NewCredentials(server.AccessKey, server.SecretKey)),
		&downloader.SignOptions{TTL: time.Minute})
	var got bytes.Buffer
	lines := requests(t, func() {
		_, err = downloads(downloader.DownloadManagerOptions{}).
			DownloadToWriter(context.Background(), "download/domains", &got, options)
		must(t, err)
	})
	equal(t, got.String(), "x")
	equal(t, lines[len(lines)-1].Host, "io")
}

func TestPublicURLs(t *testing.T) {
	domain := server.Buckets[public].Domain
	for _, key := range awkward {
		put(t, public, key, []byte(key))
		status, body := get(t, storage.MakePublicURLv2(domain, key))
		equal(t, status, 200)
		equal(t, string(body), key)
	}
	query := url.Values{"attname": {"a name.txt"}}
	response, err := http.Get(storage.MakePublicURLv2WithQuery(domain, "download/tree/a", query))
	must(t, err)
	response.Body.Close()
	equal(t, response.Header.Get("Content-Disposition") != "", true)
	put(t, public, "plain", []byte("x"))
	status, _ := get(t, storage.MakePublicURL(domain, "plain"))
	equal(t, status, 200)
}

func TestPrivateURLs(t *testing.T) {
	domain := server.Buckets[private].Domain
	put(t, private, "url/é?.txt", []byte("hello"))
	put(t, private, "url/plain", []byte("hello"))
	soon := time.Now().Add(time.Minute).Unix()
	for _, signed := range []string{
		storage.MakePrivateURLv2(mac(), domain, "url/é?.txt", soon),
		storage.MakePrivateURLv2WithQuery(mac(), domain, "url/é?.txt", url.Values{"attname": {"a b"}}, soon),
		storage.MakePrivateURL(mac(), domain, "url/plain", soon),
	} {
		status, body := get(t, signed)
		equal(t, fmt.Sprint(status, string(body)), "200hello")
	}
	for _, unsigned := range []string{
		storage.MakePublicURLv2(domain, "url/plain"),
		storage.MakePrivateURLv2(mac(), domain, "url/plain", time.Now().Add(-time.Minute).Unix()),
		storage.MakePrivateURLv2(mac(), domain, "url/plain", soon) + "x",
	} {
		status, _ := get(t, unsigned)
		equal(t, status, 401)
	}
}
