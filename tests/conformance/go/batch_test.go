package conformance

import (
	"fmt"
	"testing"

	"github.com/qiniu/go-sdk/v7/storage"
)

func TestBatchOfEverything(t *testing.T) {
	for _, key := range []string{"copy", "move", "delete", "stat", "mime", "meta", "type", "both"} {
		put(t, public, "batch/"+key, []byte(key))
	}
	results, err := manager().Batch([]string{
		storage.URIStat(public, "batch/stat"),
		storage.URICopy(public, "batch/copy", private, "batch/copied", false),
		storage.URIMove(public, "batch/move", public, "batch/moved", true),
		storage.URIDelete(public, "batch/delete"),
		storage.URIChangeMime(public, "batch/mime", "image/png"),
		storage.URIChangeMeta(public, "batch/meta", map[string]string{"a": "b"}),
		storage.URIChangeMimeAndMeta(public, "batch/both", "image/gif", map[string]string{"c": "d"}),
		storage.URIChangeType(public, "batch/type", 1),
	})
	must(t, err)
	for i, result := range results {
		if result.Code != 200 {
			t.Errorf("operation %d: %d %s", i, result.Code, result.Data.Error)
		}
	}
	equal(t, results[0].Data.Fsize, 4)
	equalBytes(t, content(t, private, "batch/copied"), []byte("copy"))
	equalBytes(t, content(t, public, "batch/moved"), []byte("move"))
	equal(t, stat(t, public, "batch/mime").MimeType, "image/png")
	equalJSON(t, stat(t, public, "batch/meta").MetaData, map[string]string{"a": "b"})
	equal(t, stat(t, public, "batch/both").MimeType, "image/gif")
	equal(t, stat(t, public, "batch/type").Type, 1)
	_, err = manager().Stat(public, "batch/delete")
	refused(t, err, 612, "no such file or directory")
}

func TestBatchOfDeleteAfterDaysAndRestoreAr(t *testing.T) {
	put(t, public, "batch/expire", []byte("x"))
	put(t, public, "batch/frozen", []byte("x"))
	must(t, manager().ChangeType(public, "batch/frozen", 2))
	results, err := manager().Batch([]string{
		storage.URIDeleteAfterDays(public, "batch/expire", 1),
		storage.URIRestoreAr(public, "batch/frozen", 1),
	})
	must(t, err)
	for i, result := range results {
		if result.Code != 200 {
			t.Errorf("operation %d: %d %s", i, result.Code, result.Data.Error)
		}
	}
	if stat(t, public, "batch/expire").Expiration == 0 {
		t.Error("nothing expires")
	}
	equal(t, stat(t, public, "batch/frozen").RestoreStatus, 1)
}

func TestBatchThatFailsInPartOrWhole(t *testing.T) {
	put(t, public, "batch/there", []byte("x"))
	results, err := manager().Batch([]string{
		storage.URIStat(public, "batch/missing"),
		storage.URIStat(public, "batch/there"),
		storage.URICopy(public, "batch/there", public, "batch/there", false),
		storage.URIStat("go-no-such-bucket", "a"),
	})
	must(t, err)
	codes := make([]int, len(results))
	for i, result := range results {
		codes[i] = result.Code
	}
	equalJSON(t, codes, []int{612, 200, 614, 631})
	equal(t, results[0].Data.Error, "no such file or directory")
	equal(t, results[2].Data.Error, "file exists")
	results, err = manager().Batch([]string{storage.URIDelete(public, "batch/missing")})
	must(t, err)
	equal(t, results[0].Code, 612)
}

func TestBatchOfAThousand(t *testing.T) {
	put(t, public, "batch/source", []byte("x"))
	copies := make([]string, 1000)
	deletes := make([]string, 1000)
	for i := range copies {
		key := fmt.Sprintf("batch/many/%04d", i)
		copies[i] = storage.URICopy(public, "batch/source", public, key, true)
		deletes[i] = storage.URIDelete(public, key)
	}
	for _, operations := range [][]string{copies, deletes} {
		results, err := manager().Batch(operations)
		must(t, err)
		equal(t, len(results), 1000)
		for i, result := range results {
			if result.Code != 200 {
				t.Fatalf("operation %d: %d %s", i, result.Code, result.Data.Error)
			}
		}
	}
}
