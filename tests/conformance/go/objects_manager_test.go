package conformance

import (
	"context"
	"crypto/md5"
	"slices"
	"testing"
	"time"

	"github.com/qiniu/go-sdk/v7/storagev2/objects"
)

func bucket(name string) *objects.Bucket {
	return objects.NewObjectsManager(&objects.ObjectsManagerOptions{Options: insecure()}).Bucket(name)
}

var background = context.Background()

func TestObjectOperations(t *testing.T) {
	put(t, public, "objects-manager/a", []byte("hello"))
	object := bucket(public).Object("objects-manager/a")
	details, err := object.Stat().NeedParts(true).Call(background)
	must(t, err)
	equal(t, details.Size, 5)
	equal(t, details.ETag, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
	equal(t, details.MD5, md5.Sum([]byte("hello")))
	if age := time.Since(details.UploadedAt); age < 0 || age > time.Minute {
		t.Errorf("uploaded at %s", details.UploadedAt)
	}
	must(t, object.SetMetadata("x/y").Metadata(map[string]string{"a": "b"}).
		Conditions(map[string]string{"hash": details.ETag}).Call(background))
	err = object.SetMetadata("x/z").Conditions(map[string]string{"hash": "other"}).Call(background)
	refused(t, err, 412, "")
	must(t, object.SetStorageClass(objects.IAStorageClass).Call(background))
	must(t, object.SetStatus(objects.DisabledStatus).Call(background))
	details, err = object.Stat().Call(background)
	must(t, err)
	equal(t, details.MimeType, "x/y")
	equalJSON(t, details.Metadata, map[string]string{"a": "b"})
	equal(t, details.StorageClass, objects.IAStorageClass)
	equal(t, details.Status, objects.DisabledStatus)
	must(t, object.SetStatus(objects.EnabledStatus).Call(background))
	must(t, object.CopyTo(private, "objects-manager/b").Force(true).Call(background))
	must(t, object.MoveTo(public, "objects-manager/c").Call(background))
	_, err = object.Stat().Call(background)
	refused(t, err, 612, "no such file or directory")
	must(t, bucket(public).Object("objects-manager/c").Delete().Call(background))
	equal(t, stat(t, private, "objects-manager/b").Fsize, 5)
}

func TestObjectRestore(t *testing.T) {
	put(t, public, "objects-manager/frozen", []byte("x"))
	object := bucket(public).Object("objects-manager/frozen")
	must(t, object.SetStorageClass(objects.ArchiveStorageClass).Call(background))
	must(t, object.Restore(2).Call(background))
	details, err := object.Stat().Call(background)
	must(t, err)
	equal(t, details.RestoreStatus, objects.RestoringStatus)
}

func TestObjectLifeCycle(t *testing.T) {
	put(t, public, "objects-manager/aging", []byte("x"))
	object := bucket(public).Object("objects-manager/aging")
	must(t, object.SetLifeCycle().ToIAAfterDays(1).ToArchiveIRAfterDays(2).ToArchiveAfterDays(3).
		ToDeepArchiveAfterDays(4).DeleteAfterDays(5).Call(background))
	details, err := object.Stat().Call(background)
	must(t, err)
	steps := []*time.Time{
		details.TransitionToIA, details.TransitionToArchiveIR, details.TransitionToArchive,
		details.TransitionToDeepArchive, details.ExpireAt,
	}
	equal(t, slices.Contains(steps, nil), false)
	for i := range steps[1:] {
		equal(t, steps[i+1].Sub(*steps[i]), 24*time.Hour)
	}
	later(t, 48*time.Hour)
	details, err = object.Stat().Call(background)
	must(t, err)
	equal(t, details.StorageClass, objects.IAStorageClass)
	later(t, 7*24*time.Hour)
	_, err = object.Stat().Call(background)
	refused(t, err, 612, "no such file or directory")
}

func TestObjectBatch(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	for _, name := range names {
		put(t, public, "objects-manager/batch/"+name, []byte(name))
	}
	here := bucket(public)
	at := func(name string) *objects.Object { return here.Object("objects-manager/batch/" + name) }
	var seen, failed int
	manager := objects.NewObjectsManager(&objects.ObjectsManagerOptions{Options: insecure()})
	must(t, manager.Batch(background, []objects.Operation{
		at("a").Stat().OnResponse(func(*objects.ObjectDetails) { seen++ }),
		at("missing").Stat().OnError(func(error) { failed++ }),
		at("b").CopyTo(private, "objects-manager/batch/b"),
		at("c").MoveTo(public, "objects-manager/batch/moved"),
		at("d").SetMetadata("x/y").Metadata(map[string]string{"a": "b"}),
		at("e").Delete(),
	}, &objects.BatchOptions{BatchOpsExecutor: objects.NewSerialBatchOpsExecutor(nil)}))
	equal(t, seen, 1)
	equal(t, failed, 1)
	equal(t, stat(t, private, "objects-manager/batch/b").Fsize, 1)
	equal(t, stat(t, public, "objects-manager/batch/moved").Fsize, 1)
	equal(t, stat(t, public, "objects-manager/batch/d").MimeType, "x/y")
	_, err := at("e").Stat().Call(background)
	refused(t, err, 612, "")
}

func TestObjectBatchOfManyAtOnce(t *testing.T) {
	put(t, public, "objects-manager/many", []byte("x"))
	var operations []objects.Operation
	for i := range 600 {
		operations = append(operations, bucket(public).Object("objects-manager/many").
			CopyTo(public, "objects-manager/many/"+string(rune('a'+i%26))+string(rune('a'+i/26))))
	}
	manager := objects.NewObjectsManager(&objects.ObjectsManagerOptions{Options: insecure()})
	must(t, manager.Batch(background, operations, nil))
	equal(t, len(names(t, bucket(public), "objects-manager/many/", nil)), 600)
	must(t, bucket(public).Directory("objects-manager/many", "").Delete(background))
	equal(t, len(names(t, bucket(public), "objects-manager/many/", nil)), 0)
}

// names are the keys that the lister gives.
func names(t *testing.T, bucket *objects.Bucket, prefix string, limit *uint64) []string {
	t.Helper()
	lister := bucket.List(background, &objects.ListObjectsOptions{Prefix: prefix, Limit: limit})
	defer lister.Close()
	var found []string
	var details objects.ObjectDetails
	for lister.Next(&details) {
		found = append(found, details.Name)
	}
	must(t, lister.Error())
	return found
}

func TestLister(t *testing.T) {
	fill(t, "objects-manager/list/", "a", "b", "c")
	equalJSON(t, names(t, bucket(public), "objects-manager/list/", nil), []string{
		"objects-manager/list/a", "objects-manager/list/b", "objects-manager/list/c",
	})
}

func TestDirectory(t *testing.T) {
	fill(t, "objects-manager/tree/", "a", "sub/b", "sub/deep/c")
	here := bucket(public)
	tree := here.Directory("objects-manager/tree", "/")
	list := func(directory *objects.Directory, recursive bool) []string {
		var found []string
		must(t, directory.ListEntries(background, &objects.ListEntriesOptions{Recursive: recursive},
			func(entry *objects.Entry) error {
				if entry.Object != nil {
					found = append(found, entry.Object.Name)
				} else {
					found = append(found, entry.DirectoryName)
				}
				return nil
			}))
		return found
	}
	equalJSON(t, list(tree, false), []string{"objects-manager/tree/sub/", "objects-manager/tree/a"})
	equalJSON(t, list(tree, true), []string{
		"objects-manager/tree/sub/", "objects-manager/tree/a", "objects-manager/tree/sub/deep/",
		"objects-manager/tree/sub/b", "objects-manager/tree/sub/deep/c",
	})
	must(t, tree.CopyTo(background, private, "objects-manager/copied"))
	equal(t, stat(t, private, "objects-manager/copied/sub/deep/c").Fsize, 10)
	must(t, tree.MoveTo(background, public, "objects-manager/moved"))
	equal(t, len(list(tree, false)), 0)
	moved := here.Directory("objects-manager/moved", "/")
	must(t, moved.Delete(background))
	equal(t, len(list(moved, true)), 0)
}
