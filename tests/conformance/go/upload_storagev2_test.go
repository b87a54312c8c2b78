package conformance

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/qiniu/go-sdk/v7/storage"
	"github.com/qiniu/go-sdk/v7/storagev2/apis"
	"github.com/qiniu/go-sdk/v7/storagev2/apis/resumable_upload_v2_complete_multipart_upload"
	"github.com/qiniu/go-sdk/v7/storagev2/credentials"
	"github.com/qiniu/go-sdk/v7/storagev2/http_client"
	"github.com/qiniu/go-sdk/v7/storagev2/uploader"
	resumablerecorder "github.com/qiniu/go-sdk/v7/storagev2/uploader/resumable_recorder"
	"github.com/qiniu/go-sdk/v7/storagev2/uptoken"
)

func uploads(options uploader.UploadManagerOptions) *uploader.UploadManager {
	options.Options = insecure()
	return uploader.NewUploadManager(&options)
}

// policySigner is an upload token for one key of the public bucket, which it may overwrite.
func policySigner(t *testing.T, key string) uptoken.Provider {
	t.Helper()
	policy, err := uptoken.NewPutPolicyWithKey(public, key, time.Now().Add(time.Hour))
	must(t, err)
	return uptoken.NewSigner(policy, credentials.NewCredentials(server.AccessKey, server.SecretKey))
}

func TestUploadManagerFormAndParts(t *testing.T) {
	key := "storagev2/upload"
	for name, manager := range map[string]*uploader.UploadManager{
		"form": uploads(uploader.UploadManagerOptions{MultiPartsThreshold: 16 * mib}),
		"v1": uploads(uploader.UploadManagerOptions{
			MultiPartsUploaderVersion: uploader.MultiPartsUploaderVersionV1,
		}),
		"v2": uploads(uploader.UploadManagerOptions{
			MultiPartsUploaderVersion: uploader.MultiPartsUploaderVersionV2, Concurrency: 3,
		}),
	} {
		t.Run(name, func(t *testing.T) {
			var answer storage.PutRet
			must(t, manager.UploadReader(context.Background(), bytes.NewReader(pattern(9*mib)), &uploader.ObjectOptions{
				UpToken: policySigner(t, key), ObjectName: &key, FileName: "name", ContentType: "x/y",
				Metadata: map[string]string{"colour": "red"}, CustomVars: map[string]string{"a": "b"},
			}, &answer))
			equal(t, answer.Hash, hash9MiB)
			info := stat(t, public, key)
			equal(t, info.MimeType, "x/y")
			equalJSON(t, info.MetaData, map[string]string{"colour": "red"})
			must(t, manager.UploadFile(context.Background(), localFile(t, "f", pattern(9*mib)), &uploader.ObjectOptions{
				UpToken: policySigner(t, key), ObjectName: &key, FileName: "f",
			}, &answer))
			equal(t, answer.Hash, hash9MiB)
		})
	}
}

func TestUploadByBucketNameAlone(t *testing.T) {
	key := "storagev2/by-bucket"
	must(t, uploads(uploader.UploadManagerOptions{}).UploadReader(context.Background(), bytes.NewReader([]byte("x")),
		&uploader.ObjectOptions{BucketName: public, ObjectName: &key, FileName: "f"}, nil))
	equalBytes(t, content(t, public, key), []byte("x"))
}

func TestUploadDirectory(t *testing.T) {
	root := t.TempDir()
	files := map[string][]byte{"a": []byte("a"), "sub/b": []byte("b"), "sub/deep/c": pattern(5 * mib)}
	for name, content := range files {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, content, 0o600))
	}
	must(t, uploads(uploader.UploadManagerOptions{}).UploadDirectory(context.Background(), root, &uploader.DirectoryOptions{
		BucketName:            public,
		UpdateObjectName:      func(name string) string { return "storagev2/tree/" + name },
		ShouldCreateDirectory: true,
	}))
	for name, want := range files {
		equalBytes(t, content(t, public, "storagev2/tree/"+name), want)
	}
	equal(t, stat(t, public, "storagev2/tree/sub/").Fsize, 0)
}

func TestMultiPartsContinueFromARecord(t *testing.T) {
	key := "storagev2/resumed"
	for name, version := range map[string]struct {
		version uploader.MultiPartsUploaderVersion
		route   string
		fault   map[string]any
	}{
		"v1": {uploader.MultiPartsUploaderVersionV1, "/mkblk/",
			map[string]any{"host": "up", "path": "/mkblk/1048576$", "status": 400}},
		"v2": {uploader.MultiPartsUploaderVersionV2, "PUT",
			map[string]any{"host": "up", "method": "PUT", "path": "/3$", "status": 400}},
	} {
		t.Run(name, func(t *testing.T) {
			manager := uploads(uploader.UploadManagerOptions{
				MultiPartsUploaderVersion: version.version, Concurrency: 1,
				ResumableRecorder: resumablerecorder.NewJsonFileSystemResumableRecorder(t.TempDir()),
			})
			path := localFile(t, "resumed", pattern(9*mib))
			upload := func() error {
				return manager.UploadFile(context.Background(), path, &uploader.ObjectOptions{
					UpToken: policySigner(t, key), ObjectName: &key,
				}, nil)
			}
			control(t, "POST", "/faults", []map[string]any{version.fault}, nil)
			err := upload()
			control(t, "DELETE", "/faults", nil, nil)
			refused(t, err, 400, "")
			lines := requests(t, func() { must(t, upload()) })
			equal(t, count(lines, version.route)+countMethod(lines, version.route), 1)
			equal(t, stat(t, public, key).Hash, hash9MiB)
		})
	}
}

func TestFormUploaderOfStoragev2(t *testing.T) {
	key := "storagev2/form"
	form := uploader.NewFormUploader(&uploader.FormUploaderOptions{Options: insecure()})
	var answer storage.PutRet
	must(t, form.UploadFile(context.Background(), localFile(t, "f", []byte("hello")), &uploader.ObjectOptions{
		UpToken: policySigner(t, key), ObjectName: &key, FileName: "汉字 \"quoted\".txt",
	}, &answer))
	equal(t, answer.Hash, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
}

func TestPartsAreListedAndAborted(t *testing.T) {
	key := "storagev2/parts"
	api := apis.NewStorage(&http_client.Options{UseInsecureProtocol: true})
	upToken := policySigner(t, key)
	started, err := api.ResumableUploadV2InitiateMultipartUpload(context.Background(),
		&apis.ResumableUploadV2InitiateMultipartUploadRequest{BucketName: public, ObjectName: &key, UpToken: upToken}, nil)
	must(t, err)
	for number := int64(1); number <= 3; number++ {
		_, err = api.ResumableUploadV2UploadPart(context.Background(), &apis.ResumableUploadV2UploadPartRequest{
			BucketName: public, ObjectName: &key, UploadId: started.UploadId, PartNumber: number, UpToken: upToken,
			Body: seekCloser{bytes.NewReader(pattern(mib))},
		}, nil)
		must(t, err)
	}
	list := func(marker int64) (*apis.ResumableUploadV2ListPartsResponse, error) {
		return api.ResumableUploadV2ListParts(context.Background(), &apis.ResumableUploadV2ListPartsRequest{
			BucketName: public, ObjectName: &key, UploadId: started.UploadId, MaxParts: 2, PartNumberMarker: marker,
			UpToken: upToken,
		}, nil)
	}
	page, err := list(0)
	must(t, err)
	equal(t, len(page.Parts), 2)
	equal(t, page.PartNumberMarker, 2)
	equal(t, page.Parts[0].Size, mib)
	page, err = list(page.PartNumberMarker)
	must(t, err)
	equal(t, len(page.Parts), 1)
	equal(t, page.PartNumberMarker, 0)
	_, err = api.ResumableUploadV2AbortMultipartUpload(context.Background(),
		&apis.ResumableUploadV2AbortMultipartUploadRequest{
			BucketName: public, ObjectName: &key, UploadId: started.UploadId, UpToken: upToken,
		}, nil)
	must(t, err)
	_, err = list(0)
	refused(t, err, 612, "no such uploadId")
	_, err = api.ResumableUploadV2CompleteMultipartUpload(context.Background(),
		&apis.ResumableUploadV2CompleteMultipartUploadRequest{
			BucketName: public, ObjectName: &key, UploadId: started.UploadId, UpToken: upToken,
			Parts: resumable_upload_v2_complete_multipart_upload.Parts{{PartNumber: 1, Etag: "x"}},
		}, nil)
	refused(t, err, 612, "no such uploadId")
}

type seekCloser struct{ *bytes.Reader }

func (seekCloser) Close() error { return nil }
