package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/qiniu/go-sdk/v7/storage"
)

// awkward are keys that a server must take as they are (protocol §6.1, §7).
var awkward = []string{
	"objects/plain.txt", "/leading/slash", "double//slash", "dots/../and/./more", "question?mark=1&x#y",
	"per%2Fcent%", "space and +plus", "back\\slash\"quote", "colon:in:key", "汉字/é/😀", strings.Repeat("k", 750),
}

func TestStat(t *testing.T) {
	before := time.Now()
	content := pattern(mib)
	put(t, public, "stat/a.txt", content)
	info := stat(t, public, "stat/a.txt")
	equal(t, info.Fsize, int64(mib))
	equal(t, info.Hash, "FsL8TLIPEwGmsN0hHBnmmhOSXb5A")
	equal(t, info.Md5, "8f293a2f6c19b345152f7a49bb4c643c")
	equal(t, info.MimeType, "text/plain")
	equal(t, info.Type, 0)
	equal(t, info.Status, 0)
	if put := storage.ParsePutTime(info.PutTime); put.Before(before) || put.After(time.Now()) {
		t.Fatalf("putTime is %s", put)
	}
}

func TestAwkwardKeys(t *testing.T) {
	for _, key := range awkward {
		answer := put(t, public, key, []byte("hello"))
		equal(t, answer.Key, key)
		equal(t, stat(t, public, key).Hash, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
		equalBytes(t, content(t, public, key), []byte("hello"))
		must(t, manager().Delete(public, key))
		_, err := manager().Stat(public, key)
		refused(t, err, 612, "no such file or directory")
	}
}

func TestEmptyKey(t *testing.T) {
	answer := put(t, public, "", []byte("hello"))
	equal(t, answer.Key, "")
	equal(t, stat(t, public, "").Fsize, 5)
	must(t, manager().Delete(public, ""))
	_, err := manager().Stat(public, "")
	refused(t, err, 612, "no such file or directory")
}

func TestEmptyObject(t *testing.T) {
	put(t, public, "objects/empty", nil)
	info := stat(t, public, "objects/empty")
	equal(t, info.Fsize, 0)
	equal(t, info.Hash, "Fto5o-5ea0sNMlW_75VgGJCv2AcJ")
	equalBytes(t, content(t, public, "objects/empty"), nil)
}

func TestDeleteOfAMissingObjectIsRefused(t *testing.T) {
	refused(t, manager().Delete(public, "objects/missing"), 612, "no such file or directory")
}

func TestCopy(t *testing.T) {
	put(t, public, "copy/from", []byte("from"))
	put(t, public, "copy/taken", []byte("taken"))
	must(t, manager().Copy(public, "copy/from", private, "copy/to", false))
	equalBytes(t, content(t, private, "copy/to"), []byte("from"))
	equalBytes(t, content(t, public, "copy/from"), []byte("from"))
	refused(t, manager().Copy(public, "copy/from", public, "copy/taken", false), 614, "file exists")
	equalBytes(t, content(t, public, "copy/taken"), []byte("taken"))
	must(t, manager().Copy(public, "copy/from", public, "copy/taken", true))
	equalBytes(t, content(t, public, "copy/taken"), []byte("from"))
	refused(t, manager().Copy(public, "copy/missing", public, "copy/x", true), 612, "no such file or directory")
}

func TestMove(t *testing.T) {
	put(t, public, "move/from", []byte("from"))
	put(t, public, "move/taken", []byte("taken"))
	refused(t, manager().Move(public, "move/from", public, "move/taken", false), 614, "file exists")
	must(t, manager().Move(public, "move/from", public, "move/to", false))
	_, err := manager().Stat(public, "move/from")
	refused(t, err, 612, "no such file or directory")
	must(t, manager().Move(public, "move/to", public, "move/taken", true))
	equalBytes(t, content(t, public, "move/taken"), []byte("from"))
	must(t, manager().Move(public, "move/taken", public, "move/taken", true))
	equalBytes(t, content(t, public, "move/taken"), []byte("from"))
}

func TestChangeMime(t *testing.T) {
	put(t, public, "chgm/mime", []byte("x"))
	must(t, manager().ChangeMime(public, "chgm/mime", "image/jpeg"))
	equal(t, stat(t, public, "chgm/mime").MimeType, "image/jpeg")
}

func TestChangeMeta(t *testing.T) {
	put(t, public, "chgm/meta", []byte("x"))
	mime := stat(t, public, "chgm/meta").MimeType
	must(t, manager().ChangeMeta(public, "chgm/meta", map[string]string{"colour": "red", "x-qn-meta-size": "汉字"}))
	info := stat(t, public, "chgm/meta")
	equalJSON(t, info.MetaData, map[string]string{"colour": "red", "size": "汉字"})
	equal(t, info.MimeType, mime)
	must(t, manager().ChangeMimeAndMeta(public, "chgm/meta", "text/css", map[string]string{"colour": "blue"}))
	info = stat(t, public, "chgm/meta")
	equalJSON(t, info.MetaData, map[string]string{"colour": "blue", "size": "汉字"})
	equal(t, info.MimeType, "text/css")
}

func TestChangeType(t *testing.T) {
	put(t, public, "chtype/a", []byte("x"))
	for _, kind := range []int{1, 4, 5, 0} {
		must(t, manager().ChangeType(public, "chtype/a", kind))
		equal(t, stat(t, public, "chtype/a").Type, kind)
	}
	refused(t, manager().ChangeType(public, "chtype/a", 0), 400, "already in normal stat")
	refused(t, manager().ChangeType(public, "chtype/missing", 1), 612, "no such file or directory")
}

func TestRestoreAr(t *testing.T) {
	for _, archive := range []struct {
		kind int
		thaw time.Duration
	}{{2, 5 * time.Minute}, {3, 12 * time.Hour}} {
		put(t, public, "restore/a", []byte("x"))
		refused(t, manager().RestoreAr(public, "restore/a", 1), 403, "")
		must(t, manager().ChangeType(public, "restore/a", archive.kind))
		equal(t, stat(t, public, "restore/a").RestoreStatus, 0)
		refused(t, manager().RestoreAr(public, "restore/a", 8), 400, "invalid freeze after days")
		must(t, manager().RestoreAr(public, "restore/a", 1))
		equal(t, stat(t, public, "restore/a").RestoreStatus, 1)
		refused(t, manager().RestoreAr(public, "restore/a", 1), 400, "archive already restored")
		later(t, archive.thaw)
		equal(t, stat(t, public, "restore/a").RestoreStatus, 2)
		equalBytes(t, content(t, public, "restore/a"), []byte("x"))
		later(t, archive.thaw+24*time.Hour)
		equal(t, stat(t, public, "restore/a").RestoreStatus, 0)
		later(t, 0)
	}
}

func TestUpdateObjectStatus(t *testing.T) {
	put(t, public, "chstatus/a", []byte("x"))
	must(t, manager().UpdateObjectStatus(public, "chstatus/a", false))
	equal(t, stat(t, public, "chstatus/a").Status, 1)
	status, _ := get(t, storage.MakePublicURLv2(server.Buckets[public].Domain, "chstatus/a"))
	equal(t, status, 403)
	equalBytes(t, content(t, public, "chstatus/a"), []byte("x"))
	refused(t, manager().UpdateObjectStatus(public, "chstatus/a", false), 400, "already disabled")
	must(t, manager().UpdateObjectStatus(public, "chstatus/a", true))
	equal(t, stat(t, public, "chstatus/a").Status, 0)
	refused(t, manager().UpdateObjectStatus(public, "chstatus/a", true), 400, "already enabled")
}

func TestDeleteAfterDays(t *testing.T) {
	put(t, public, "expire/a", []byte("x"))
	must(t, manager().DeleteAfterDays(public, "expire/a", 3))
	expiration := time.Unix(stat(t, public, "expire/a").Expiration, 0)
	china := time.FixedZone("UTC+8", 8*3600)
	today := time.Now().In(china)
	// Protocol §2.4: 3 days after 1 Jan 10:00 is 5 Jan 00:00.
	want := time.Date(today.Year(), today.Month(), today.Day()+4, 0, 0, 0, 0, china)
	if !expiration.Equal(want) {
		t.Fatalf("expires %s, want %s", expiration, want)
	}
	must(t, manager().DeleteAfterDays(public, "expire/a", 0))
	equal(t, stat(t, public, "expire/a").Expiration, 0)
	must(t, manager().DeleteAfterDays(public, "expire/a", 1))
	later(t, 72*time.Hour)
	_, err := manager().Stat(public, "expire/a")
	refused(t, err, 612, "no such file or directory")
	refused(t, manager().DeleteAfterDays(public, "expire/missing", 1), 612, "no such file or directory")
}
