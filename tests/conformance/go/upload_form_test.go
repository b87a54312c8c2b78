package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/qiniu/go-sdk/v7/auth"
	"github.com/qiniu/go-sdk/v7/storage"
)

func forms() *storage.FormUploader {
	return storage.NewFormUploader(&storage.Config{})
}

// putForm uploads with a policy of its own.
func putForm(policy storage.PutPolicy, key string, content []byte, extra *storage.PutExtra) (map[string]any, error) {
	var answer map[string]any
	err := forms().Put(context.Background(), &answer, token(policy), key, bytes.NewReader(content),
		int64(len(content)), extra)
	return answer, err
}

func localFile(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

func TestFormPut(t *testing.T) {
	answer := put(t, public, "form/a.css", []byte("hello"))
	equal(t, answer.Hash, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
	equal(t, answer.Key, "form/a.css")
	equalBytes(t, content(t, public, "form/a.css"), []byte("hello"))
}

func TestFormPutFileWithMetadataVariablesAndMime(t *testing.T) {
	var answer map[string]any
	policy := storage.PutPolicy{
		Scope:      public + ":form/b",
		ReturnBody: `{"key":$(key),"hash":$(etag),"size":$(fsize),"name":$(fname),"mime":$(mimeType),"who":$(x:who),"bucket":$(bucket)}`,
	}
	must(t, forms().PutFile(
		context.Background(), &answer, token(policy), "form/b", localFile(t, "b.bin", []byte("hello")),
		&storage.PutExtra{
			MimeType: "application/x-thing",
			Params:   map[string]string{"x:who": "it's \"me\"", "x-qn-meta-colour": "red"},
		},
	))
	equalJSON(t, answer, map[string]any{
		"key": "form/b", "hash": "Fqr0xh3cxeii2r7eDztILNmuqUNN", "size": 5, "name": "b.bin",
		"mime": "application/x-thing", "who": "it's \"me\"", "bucket": public,
	})
	info := stat(t, public, "form/b")
	equal(t, info.MimeType, "application/x-thing")
	equalJSON(t, info.MetaData, map[string]string{"colour": "red"})
}

func TestFormPutWithoutKey(t *testing.T) {
	var answer storage.PutRet
	must(t, forms().PutFileWithoutKey(
		context.Background(), &answer, token(storage.PutPolicy{Scope: public}), localFile(t, "c", []byte("hello")), nil,
	))
	equal(t, answer.Key, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
	must(t, forms().PutWithoutKey(
		context.Background(), &answer, token(storage.PutPolicy{Scope: public, SaveKey: "form/$(etag)$(ext)"}),
		bytes.NewReader([]byte("hello retry!")), 12, nil,
	))
	equal(t, answer.Key, "form/FlYu0iBR1WpvYi4whKXiBuQpyLLk")
	must(t, forms().PutFile(
		context.Background(), &answer,
		token(storage.PutPolicy{Scope: public, SaveKey: "form/forced$(ext)", ForceSaveKey: true}),
		"form/ignored", localFile(t, "c.txt", []byte("hello")), nil,
	))
	equal(t, answer.Key, "form/forced.txt")
}

func TestFormOverwriting(t *testing.T) {
	plain := storage.PutPolicy{Scope: public}
	_, err := putForm(plain, "form/once", []byte("one"), nil)
	must(t, err)
	_, err = putForm(plain, "form/once", []byte("one"), nil)
	must(t, err)
	_, err = putForm(plain, "form/once", []byte("two"), nil)
	refused(t, err, 614, "file exists")
	_, err = putForm(storage.PutPolicy{Scope: public + ":form/once", InsertOnly: 1}, "form/once", []byte("two"), nil)
	refused(t, err, 614, "file exists")
	_, err = putForm(storage.PutPolicy{Scope: public + ":form/", IsPrefixalScope: 1}, "form/once", []byte("two"), nil)
	refused(t, err, 614, "file exists")
	equalBytes(t, content(t, public, "form/once"), []byte("one"))
	put(t, public, "form/once", []byte("two"))
	equalBytes(t, content(t, public, "form/once"), []byte("two"))
}

func TestFormRefusals(t *testing.T) {
	scope := public + ":form/refused"
	for name, upload := range map[string]struct {
		policy storage.PutPolicy
		key    string
		status int
	}{
		"other key":   {storage.PutPolicy{Scope: scope}, "form/other", 403},
		"too small":   {storage.PutPolicy{Scope: scope, FsizeMin: 6}, "form/refused", 403},
		"too large":   {storage.PutPolicy{Scope: scope, FsizeLimit: 4}, "form/refused", 413},
		"wrong type":  {storage.PutPolicy{Scope: scope, MimeLimit: "image/*"}, "form/refused", 403},
		"denied type": {storage.PutPolicy{Scope: scope, MimeLimit: "!text/plain"}, "form/refused", 403},
	} {
		_, err := putForm(upload.policy, upload.key, []byte("hello"), &storage.PutExtra{MimeType: "text/plain"})
		t.Run(name, func(t *testing.T) { refused(t, err, upload.status, "") })
	}
	_, err := manager().Stat(public, "form/refused")
	refused(t, err, 612, "")
}

func TestFormWithBadTokens(t *testing.T) {
	var answer storage.PutRet
	send := func(upToken string) error {
		return forms().Put(context.Background(), &answer, upToken, "form/bad", bytes.NewReader([]byte("x")), 1, nil)
	}
	forged := storage.PutPolicy{Scope: public, Expires: 3600}
	refused(t, send(forged.UploadToken(auth.New(server.AccessKey, "not the secret"))), 401, "bad token")
	control(t, "POST", "/clock", map[string]float64{"skew_s": 7200}, nil)
	defer control(t, "POST", "/clock", map[string]float64{"skew_s": 0}, nil)
	refused(t, send(token(storage.PutPolicy{Scope: public})), 401, "token out of date")
}

func TestFormPolicyFields(t *testing.T) {
	_, err := putForm(storage.PutPolicy{
		Scope: public + ":form/policy", FileType: 1, DeleteAfterDays: 2, EndUser: "me", DetectMime: -1, TrafficLimit: 819200 * 8,
	}, "form/policy", []byte("hello"), &storage.PutExtra{MimeType: "x/y"})
	must(t, err)
	info := stat(t, public, "form/policy")
	equal(t, info.Type, 1)
	equal(t, info.EndUser, "me")
	equal(t, info.MimeType, "x/y")
	if info.Expiration <= time.Now().Unix() {
		t.Fatalf("expiration is %d", info.Expiration)
	}
}

func TestFormDetectMimeByContent(t *testing.T) {
	png, err := base64.StdEncoding.DecodeString(
		"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	must(t, err)
	_, err = putForm(storage.PutPolicy{Scope: public + ":form/detect.txt", DetectMime: 1}, "form/detect.txt", png,
		&storage.PutExtra{MimeType: "text/plain"})
	must(t, err)
	equal(t, stat(t, public, "form/detect.txt").MimeType, "image/png")
}

func TestFormCallback(t *testing.T) {
	control(t, "POST", "/urls", map[string]any{"http://app.example.com/done": map[string]any{
		"status": 200, "headers": map[string]string{"Content-Type": "application/json"}, "body": `{"seen":true}`,
	}}, nil)
	defer control(t, "POST", "/urls", map[string]any{}, nil)
	answer, err := putForm(storage.PutPolicy{
		Scope: public + ":form/callback", CallbackURL: "http://app.example.com/done",
		CallbackBody: "key=$(key)&hash=$(etag)",
	}, "form/callback", []byte("hello"), nil)
	must(t, err)
	equalJSON(t, answer, map[string]any{"seen": true})
	_, err = putForm(storage.PutPolicy{
		Scope: public + ":form/uncalled", CallbackURL: "http://app.example.com/nobody", CallbackBody: "key=$(key)",
	}, "form/uncalled", []byte("hello"), nil)
	refused(t, err, 579, "")
	equal(t, stat(t, public, "form/uncalled").Fsize, 5)
}

func TestBase64Put(t *testing.T) {
	uploader := storage.NewBase64Uploader(&storage.Config{})
	encoded := []byte(base64.StdEncoding.EncodeToString(pattern(1024)))
	var answer storage.PutRet
	must(t, uploader.Put(context.Background(), &answer, overwriting("base64/a"), "base64/a", encoded,
		&storage.Base64PutExtra{MimeType: "image/x-a", Params: map[string]string{"x:a": "b"}}))
	equal(t, answer.Hash, "FgrCgIT_dJM9BRI0ltr9N5FoTZtT")
	info := stat(t, public, "base64/a")
	equal(t, info.Fsize, 1024)
	equal(t, info.MimeType, "image/x-a")
	must(t, uploader.PutWithoutKey(context.Background(), &answer, token(storage.PutPolicy{Scope: public}), encoded, nil))
	equal(t, answer.Key, "FgrCgIT_dJM9BRI0ltr9N5FoTZtT")
}
