package conformance

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/qiniu/go-sdk/v7/storage"
)

// Each of the documented ways to name a private endpoint (protocol §1.6).

func TestEnvironmentAloneIsEnough(t *testing.T) {
	key := "endpoints/environment"
	source, err := storage.NewUploadSourceFile(localFile(t, "a", []byte("hello")))
	must(t, err)
	upToken := (&storage.PutPolicy{Scope: public}).UploadToken(nil) // Keys, hosts and scheme: all from the environment.
	must(t, storage.NewUploadManager(nil).Put(context.Background(), &storage.UploadRet{}, upToken, &key, source, nil))
	info, err := storage.NewBucketManager(nil, nil).Stat(public, key)
	must(t, err)
	equal(t, info.Fsize, 5)
}

func TestHostsOfUcInCode(t *testing.T) {
	put(t, public, "endpoints/hosts", []byte("x"))
	storage.SetUcHosts(strings.Replace(server.UC, "127.0.0.1", "localhost", 1))
	defer storage.SetUcHosts(server.UC)
	lines := requests(t, func() {
		info, err := manager().Stat(public, "endpoints/hosts")
		must(t, err)
		equal(t, info.Fsize, 1)
	})
	equal(t, count(lines, "/v4/query"), 1)
}

func TestRegionInCode(t *testing.T) {
	bare := strings.TrimPrefix(server.UC, "http://")
	config := &storage.Config{Region: &storage.Region{
		SrcUpHosts: []string{bare}, CdnUpHosts: []string{bare},
		RsHost: bare, RsfHost: bare, ApiHost: bare, IovipHost: bare,
	}}
	var answer storage.PutRet
	lines := requests(t, func() {
		must(t, storage.NewFormUploader(config).Put(context.Background(), &answer, overwriting("endpoints/region"),
			"endpoints/region", bytes.NewReader([]byte("x")), 1, nil))
		manager := storage.NewBucketManager(mac(), config)
		_, err := manager.Stat(public, "endpoints/region")
		must(t, err)
		_, _, _, _, err = manager.ListFiles(public, "endpoints/", "", "", 10)
		must(t, err)
		results, err := manager.BatchWithContext(context.Background(), public,
			[]string{storage.URIStat(public, "endpoints/region")})
		must(t, err)
		equal(t, results[0].Code, 200)
	})
	equal(t, count(lines, "/query"), 0)
}
