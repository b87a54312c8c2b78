package conformance

import (
	"testing"

	"context"
	"github.com/qiniu/go-sdk/v7/storage"
	"github.com/qiniu/go-sdk/v7/storagev2/apis"
)

const source = "http://source.example.com/"

// sources answers for the addresses that are fetched here.
func sources(t *testing.T) {
	t.Helper()
	control(t, "POST", "/urls", map[string]any{
		source + "a.txt":   map[string]any{"status": 200, "headers": map[string]string{"Content-Type": "text/plain"}, "body": "hello"},
		source + "missing": map[string]any{"status": 404, "body": ""},
		source + "broken":  map[string]any{"status": 500, "body": ""},
	}, nil)
	t.Cleanup(func() { control(t, "POST", "/urls", map[string]any{}, nil) })
}

func TestFetch(t *testing.T) {
	sources(t)
	answer, err := manager().Fetch(source+"a.txt", public, "fetch/a")
	must(t, err)
	equal(t, answer, storage.FetchRet{
		Hash: "Fqr0xh3cxeii2r7eDztILNmuqUNN", Fsize: 5, MimeType: "text/plain", Key: "fetch/a",
	})
	equalBytes(t, content(t, public, "fetch/a"), []byte("hello"))
	answer, err = manager().FetchWithoutKey(source+"a.txt", public)
	must(t, err)
	equal(t, answer.Key, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
	_, err = manager().Fetch(source+"missing", public, "fetch/b")
	refused(t, err, 404, "")
	_, err = manager().Fetch(source+"broken", public, "fetch/b")
	refused(t, err, 478, "")
}

func TestAsyncFetch(t *testing.T) {
	sources(t)
	answer, err := manager().AsyncFetch(storage.AsyncFetchParam{
		Url: source + "missing;" + source + "a.txt", Bucket: public, Key: "fetch/async", FileType: 1,
		Etag: "Fqr0xh3cxeii2r7eDztILNmuqUNN",
	})
	must(t, err)
	options := insecure()
	for {
		task, err := apis.NewStorage(&options).GetAsyncFetchTask(context.Background(),
			&apis.GetAsyncFetchTaskRequest{Id: answer.Id}, &apis.Options{OverwrittenBucketName: public})
		must(t, err)
		if task.QueuedTasksCount == -1 {
			break
		}
	}
	info := stat(t, public, "fetch/async")
	equal(t, info.Hash, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
	equal(t, info.Type, 1)
}

func TestPrefetchWithoutAMirrorIsRefused(t *testing.T) {
	err := manager().Prefetch(public, "fetch/nothing")
	if err == nil {
		t.Fatal("there is no mirror to fetch from")
	}
}
