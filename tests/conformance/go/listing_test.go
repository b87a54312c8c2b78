package conformance

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/qiniu/go-sdk/v7/storage"
	"github.com/qiniu/go-sdk/v7/storagev2/apis"
)

func fill(t *testing.T, prefix string, keys ...string) {
	t.Helper()
	for _, key := range keys {
		put(t, public, prefix+key, []byte(key))
	}
}

func TestListFilesPages(t *testing.T) {
	var want []string
	for i := range 7 {
		want = append(want, fmt.Sprintf("list/pages/%d", i))
	}
	fill(t, "", want...)
	var got []string
	marker, pages := "", 0
	for more := true; more; pages++ {
		items, prefixes, next, hasNext, err := manager().ListFiles(public, "list/pages/", "", marker, 3)
		must(t, err)
		equal(t, len(prefixes), 0)
		for _, item := range items {
			got = append(got, item.Key)
			equal(t, item.Fsize, int64(len(item.Key)))
			equal(t, item.MimeType == "" || item.Hash == "" || item.PutTime == 0, false)
		}
		marker, more = next, hasNext
	}
	equalJSON(t, got, want)
	equal(t, pages, 3)
}

func TestListFilesByDirectory(t *testing.T) {
	fill(t, "list/tree/", "a", "b/1", "b/2", "c", "d/1")
	items, prefixes, _, hasNext, err := manager().ListFiles(public, "list/tree/", "/", "", 1000)
	must(t, err)
	equal(t, hasNext, false)
	equalJSON(t, prefixes, []string{"list/tree/b/", "list/tree/d/"})
	equal(t, len(items), 2)
	seen := map[string]int{}
	marker := ""
	for more := true; more; {
		var pageItems []storage.ListItem
		pageItems, prefixes, marker, more, err = manager().ListFiles(public, "list/tree/", "/", marker, 1)
		must(t, err)
		for _, item := range pageItems {
			seen[item.Key]++
		}
		for _, prefix := range prefixes {
			seen[prefix]++
		}
	}
	equalJSON(t, seen, map[string]int{
		"list/tree/a": 1, "list/tree/b/": 1, "list/tree/c": 1, "list/tree/d/": 1,
	})
}

func TestListFilesWithParts(t *testing.T) {
	content := pattern(6 * mib)
	var answer storage.PutRet
	must(t, storage.NewResumeUploaderV2(&storage.Config{}).Put(
		context.Background(), &answer, overwriting("list/parts"), "list/parts", bytes.NewReader(content), 6*mib,
		&storage.RputV2Extra{PartSize: 2 * mib},
	))
	page, _, err := manager().ListFilesWithContext(context.Background(), public,
		storage.ListInputOptionsPrefix("list/parts"), storage.ListInputOptionsLimit(1),
		storage.ListInputOptionsNeedParts(true))
	must(t, err)
	equalJSON(t, page.Items[0].Parts, []int{2 * mib, 2 * mib, 2 * mib})
	page, _, err = manager().ListFilesWithContext(context.Background(), public,
		storage.ListInputOptionsPrefix("list/parts"), storage.ListInputOptionsLimit(1))
	must(t, err)
	equal(t, len(page.Items[0].Parts), 0)
}

func TestListNothing(t *testing.T) {
	items, prefixes, marker, hasNext, err := manager().ListFiles(public, "list/nothing/", "/", "", 10)
	must(t, err)
	equal(t, len(items)+len(prefixes), 0)
	equal(t, marker, "")
	equal(t, hasNext, false)
}

func TestListBucketStream(t *testing.T) {
	fill(t, "list/stream/", "a", "b/1")
	entries, err := manager().ListBucket(public, "list/stream/", "/", "")
	must(t, err)
	var names []string
	for entry := range entries {
		names = append(names, entry.Dir+entry.Item.Key)
	}
	equalJSON(t, names, []string{"list/stream/b/", "list/stream/a"})
}

func TestListRefusals(t *testing.T) {
	_, _, _, _, err := manager().ListFiles(public, "", "", "no marker", 10)
	refused(t, err, 640, "")
	_, _, _, _, err = manager().ListFiles("go-no-such-bucket", "", "", "", 10)
	contains(t, err, "no such bucket")
}

func TestGetObjectsByGet(t *testing.T) {
	fill(t, "list/get/", "a", "b")
	options := insecure()
	var response *apis.GetObjectsResponse
	lines := requests(t, func() {
		var err error
		response, err = apis.NewStorage(&options).GetObjects(context.Background(), &apis.GetObjectsRequest{
			Bucket: public, Prefix: "list/get/", Limit: 1,
		}, nil)
		must(t, err)
	})
	equal(t, response.Items[0].Key, "list/get/a")
	equal(t, response.Marker != "", true)
	last := lines[len(lines)-1]
	equal(t, last.Host+" "+last.Method, "rsf GET")
}

func TestGetObjectsV2(t *testing.T) {
	fill(t, "list/v2/", "a", "b")
	options := insecure()
	response, err := apis.NewStorage(&options).GetObjectsV2(context.Background(), &apis.GetObjectsV2Request{
		Bucket: public, Prefix: "list/v2/",
	}, nil)
	must(t, err)
	defer response.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(response.Body)
	must(t, err)
	for _, key := range []string{`"list/v2/a"`, `"list/v2/b"`} {
		if !bytes.Contains(text.Bytes(), []byte(key)) {
			t.Errorf("%s is not in %s", key, text.String())
		}
	}
}
