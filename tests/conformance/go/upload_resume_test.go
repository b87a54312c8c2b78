package conformance

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/qiniu/go-sdk/v7/storage"
)

// The hashes of protocol §9.4 for pattern(size).
const (
	hash9MiB     = "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H" // In blocks of 4 MiB, whichever way they were sent.
	hash9MiBBy5  = "npJEZlffMh0ezFDUPgmeNeRSnwer" // Parts of 5 and 4 MiB.
	hash10MiBBy1 = "nk3_ZxDn9Ii-Z3qeScrkS0jmUe__" // Ten parts of 1 MiB.
)

func TestResumeV1(t *testing.T) {
	uploader := storage.NewResumeUploader(&storage.Config{})
	content9 := pattern(9 * mib)
	var answer storage.PutRet
	must(t, uploader.Put(context.Background(), &answer, overwriting("v1/put"), "v1/put", bytes.NewReader(content9),
		9*mib, &storage.RputExtra{
			MimeType: "x/v1", Params: map[string]string{"x:a": "b", "x-qn-meta-colour": "red"},
		}))
	equal(t, answer.Hash, hash9MiB)
	equal(t, answer.Key, "v1/put")
	info := stat(t, public, "v1/put")
	equal(t, info.Fsize, 9*mib)
	equal(t, info.MimeType, "x/v1")
	equalJSON(t, info.MetaData, map[string]string{"colour": "red"})
	equalBytes(t, content(t, public, "v1/put"), content9)
}

func TestResumeV1InSmallChunks(t *testing.T) {
	var answer storage.PutRet
	lines := requests(t, func() {
		must(t, storage.NewResumeUploader(&storage.Config{}).PutFile(
			context.Background(), &answer, overwriting("v1/chunks"), "v1/chunks",
			localFile(t, "chunks", pattern(9*mib)), &storage.RputExtra{ChunkSize: mib},
		))
	})
	equal(t, answer.Hash, hash9MiB)
	equal(t, count(lines, "/mkblk/"), 3)
	equal(t, count(lines, "/bput/"), 6)
}

func TestResumeV1WithoutKeyOrSize(t *testing.T) {
	uploader := storage.NewResumeUploader(&storage.Config{})
	content := pattern(9 * mib)
	plain := token(storage.PutPolicy{Scope: public})
	var answer storage.PutRet
	must(t, uploader.PutWithoutKey(context.Background(), &answer, plain, bytes.NewReader(content), 9*mib, nil))
	equal(t, answer.Key, hash9MiB)
	must(t, uploader.PutWithoutKeyAndSize(context.Background(), &answer, plain, onlyReader{bytes.NewReader(content)}, nil))
	equal(t, answer.Key, hash9MiB)
	must(t, uploader.PutFileWithoutKey(context.Background(), &answer, plain, localFile(t, "f", content), nil))
	equal(t, answer.Key, hash9MiB)
	must(t, uploader.PutWithoutSize(context.Background(), &answer, overwriting("v1/unsized"), "v1/unsized",
		onlyReader{bytes.NewReader(content)}, nil))
	equal(t, answer.Hash, hash9MiB)
	must(t, uploader.Put(context.Background(), &answer, overwriting("v1/empty"), "v1/empty", bytes.NewReader(nil), 0, nil))
	equal(t, answer.Hash, "Fto5o-5ea0sNMlW_75VgGJCv2AcJ")
}

func TestResumeV1ByHand(t *testing.T) {
	uploader := storage.NewResumeUploader(&storage.Config{})
	upToken := overwriting("v1/hand")
	upHost, err := uploader.UpHost(server.AccessKey, public)
	must(t, err)
	var block storage.BlkputRet
	must(t, uploader.Mkblk(context.Background(), upToken, upHost, &block, 2000, bytes.NewReader(pattern(1024)), 1024))
	equal(t, block.Offset, 1024)
	equal(t, block.Crc32, 2078597072)
	must(t, uploader.Bput(context.Background(), upToken, &block, bytes.NewReader(pattern(2000)[1024:]), 976))
	equal(t, block.Offset, 2000)
	var answer storage.PutRet
	must(t, uploader.Mkfile(context.Background(), upToken, upHost, &answer, "v1/hand", true, 2000,
		&storage.RputExtra{Progresses: []storage.BlkputRet{block}}))
	equalBytes(t, content(t, public, "v1/hand"), pattern(2000))
	err = uploader.Mkfile(context.Background(), upToken, upHost, &answer, "v1/hand", true, 2000,
		&storage.RputExtra{Progresses: []storage.BlkputRet{{Ctx: "bm90IGEgY29udGV4dA=="}}})
	refused(t, err, 701, "")
}

func TestResumeV2(t *testing.T) {
	uploader := storage.NewResumeUploaderV2(&storage.Config{})
	content9 := pattern(9 * mib)
	var answer storage.PutRet
	must(t, uploader.Put(context.Background(), &answer, overwriting("v2/put"), "v2/put", bytes.NewReader(content9),
		9*mib, &storage.RputV2Extra{
			MimeType: "x/v2", Metadata: map[string]string{"x-qn-meta-colour": "red"}, CustomVars: map[string]string{"x:a": "b"},
		}))
	equal(t, answer.Hash, hash9MiB)
	info := stat(t, public, "v2/put")
	equal(t, info.MimeType, "x/v2")
	equalJSON(t, info.MetaData, map[string]string{"colour": "red"})
	equalBytes(t, content(t, public, "v2/put"), content9)
}

func TestResumeV2WithOtherPartSizes(t *testing.T) {
	uploader := storage.NewResumeUploaderV2(&storage.Config{})
	var answer storage.PutRet
	must(t, uploader.PutFile(context.Background(), &answer, overwriting("v2/five"), "v2/five",
		localFile(t, "five", pattern(9*mib)), &storage.RputV2Extra{PartSize: 5 * mib}))
	equal(t, answer.Hash, hash9MiBBy5)
	must(t, uploader.PutWithoutSize(context.Background(), &answer, overwriting("v2/ten"), "v2/ten",
		onlyReader{bytes.NewReader(pattern(10 * mib))}, &storage.RputV2Extra{PartSize: mib}))
	equal(t, answer.Hash, hash10MiBBy1)
	info, err := manager().StatWithOpts(public, "v2/ten", &storage.StatOpts{NeedParts: true})
	must(t, err)
	equal(t, len(info.Parts), 10)
	equal(t, info.Parts[0], mib)
}

func TestResumeV2WithoutKey(t *testing.T) {
	uploader := storage.NewResumeUploaderV2(&storage.Config{})
	plain := token(storage.PutPolicy{Scope: public})
	var answer storage.PutRet
	must(t, uploader.PutWithoutKey(context.Background(), &answer, plain, bytes.NewReader(pattern(9*mib)), 9*mib, nil))
	equal(t, answer.Key, hash9MiB)
	must(t, uploader.PutFileWithoutKey(context.Background(), &answer, plain, localFile(t, "f", pattern(9*mib)), nil))
	equal(t, answer.Key, hash9MiB)
}

func TestResumeV2OfTheEmptyKey(t *testing.T) {
	var answer storage.PutRet
	lines := requests(t, func() {
		must(t, storage.NewResumeUploaderV2(&storage.Config{}).Put(context.Background(), &answer, overwriting(""), "",
			bytes.NewReader([]byte("hello")), 5, nil))
	})
	equal(t, answer.Key, "")
	equal(t, stat(t, public, "").Fsize, 5)
	equal(t, count(lines, "/objects//uploads"), 3)
	must(t, manager().Delete(public, ""))
}

func TestResumeV2ByHand(t *testing.T) {
	uploader := storage.NewResumeUploaderV2(&storage.Config{})
	upToken := overwriting("v2/hand")
	upHost, err := uploader.UpHost(server.AccessKey, public)
	must(t, err)
	var init storage.InitPartsRet
	must(t, uploader.InitParts(context.Background(), upToken, upHost, public, "v2/hand", true, &init))
	var parts []storage.UploadPartInfo
	for i, part := range [][]byte{pattern(mib), []byte("tail")} {
		sum := md5.Sum(part)
		want := hex.EncodeToString(sum[:])
		var answer storage.UploadPartsRet
		must(t, uploader.UploadParts(context.Background(), upToken, upHost, public, "v2/hand", true, init.UploadID,
			int64(i+1), want, &answer, bytes.NewReader(part), len(part)))
		equal(t, answer.MD5, want)
		parts = append(parts, storage.UploadPartInfo{Etag: answer.Etag, PartNumber: int64(i + 1)})
	}
	var answer storage.PutRet
	must(t, uploader.CompleteParts(context.Background(), upToken, upHost, &answer, public, "v2/hand", true,
		init.UploadID, &storage.RputV2Extra{Progresses: parts}))
	equalBytes(t, content(t, public, "v2/hand"), append(pattern(mib), "tail"...))
	var ignored storage.UploadPartsRet
	err = uploader.UploadParts(context.Background(), upToken, upHost, public, "v2/hand", true,
		strings.Repeat("0", 24), 1, "", &ignored, bytes.NewReader([]byte("x")), 1)
	refused(t, err, 612, "no such uploadId")
}

func TestResumeV2ContinuesFromARecord(t *testing.T) {
	recorder, err := storage.NewFileRecorder(t.TempDir())
	must(t, err)
	path := localFile(t, "resumed", pattern(9*mib))
	uploader := storage.NewResumeUploaderV2(&storage.Config{})
	upToken := overwriting("v2/resumed")
	control(t, "POST", "/faults", []map[string]any{{"host": "up", "method": "PUT", "path": "/3$", "status": 400}}, nil)
	var answer storage.PutRet
	err = uploader.PutFile(context.Background(), &answer, upToken, "v2/resumed", path,
		&storage.RputV2Extra{Recorder: recorder})
	control(t, "DELETE", "/faults", nil, nil)
	refused(t, err, 400, "")
	lines := requests(t, func() {
		must(t, uploader.PutFile(context.Background(), &answer, upToken, "v2/resumed", path,
			&storage.RputV2Extra{Recorder: recorder}))
	})
	equal(t, answer.Hash, hash9MiB)
	equal(t, countMethod(lines, "PUT"), 1)
}

func TestUploadManagerOfStorage(t *testing.T) {
	uploads := storage.NewUploadManager(&storage.UploadConfig{})
	key := "manager/a"
	for name, extra := range map[string]*storage.UploadExtra{
		"form":      {UploadThreshold: 16 * mib},
		"resume v1": {UploadResumeVersion: storage.UploadResumeV1, Params: map[string]string{"x-qn-meta-a": "b"}},
		"resume v2": {UploadResumeVersion: storage.UploadResumeV2, Params: map[string]string{"x-qn-meta-a": "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			source, err := storage.NewUploadSourceReaderAt(bytes.NewReader(pattern(9*mib)), 9*mib)
			must(t, err)
			var answer storage.UploadRet
			must(t, uploads.Put(context.Background(), &answer, overwriting(key), &key, source, extra))
			equal(t, answer.Hash, hash9MiB)
			equal(t, len(stat(t, public, key).MetaData), len(extra.Params))
		})
	}
}

// onlyReader hides that its reader can seek.
type onlyReader struct{ io.Reader }

// count is how many requests have the text in their path.
func count(lines []logged, text string) int {
	found := 0
	for _, line := range lines {
		if strings.Contains(line.Target, text) {
			found++
		}
	}
	return found
}

func countMethod(lines []logged, method string) int {
	found := 0
	for _, line := range lines {
		if line.Method == method {
			found++
		}
	}
	return found
}
