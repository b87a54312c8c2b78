package conformance

import (
	"testing"

	"github.com/qiniu/go-sdk/v7/storage"
)

func TestProcessingIsRefusedClearly(t *testing.T) {
	put(t, public, "processing/a.mp4", []byte("x"))
	operations := storage.NewOperationManager(mac(), &storage.Config{})
	_, err := operations.Pfop(public, "processing/a.mp4", "avthumb/mp4", "", "", false)
	refused(t, err, 501, "not supported by this emulator")
}

func TestProcessingByAPolicyIsRefusedClearly(t *testing.T) {
	_, err := putForm(storage.PutPolicy{
		Scope: public + ":processing/b", PersistentOps: "avthumb/mp4", PersistentNotifyURL: "http://app.example.com/",
	}, "processing/b", []byte("x"), nil)
	refused(t, err, 501, "not supported by this emulator")
	_, err = manager().Stat(public, "processing/b")
	refused(t, err, 612, "")
}
