package conformance

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qiniu/go-sdk/v7/auth"
	"github.com/qiniu/go-sdk/v7/storage"
	"github.com/qiniu/go-sdk/v7/storagev2/apis"
	"github.com/qiniu/go-sdk/v7/storagev2/http_client"
	"github.com/qiniu/go-sdk/v7/storagev2/region"
)

func TestV2QueryGivesEveryHost(t *testing.T) {
	zone, err := storage.GetZone(server.AccessKey, public)
	must(t, err)
	main := strings.TrimPrefix(server.UC, "http://")
	for name, host := range map[string]string{
		"rs": zone.GetRsHost(false), "rsf": zone.GetRsfHost(false),
		"api": zone.GetApiHost(false), "io": zone.GetIoHost(false),
	} {
		if host != "http://"+main {
			t.Errorf("%s is %q, want http://%s", name, host, main)
		}
	}
	if len(zone.SrcUpHosts) < 2 {
		t.Errorf("up hosts are %v, want two at least", zone.SrcUpHosts)
	}
	equal(t, "http://"+zone.IoSrcHost, server.Buckets[public].IoSrc)
}

func TestManagerHostsComeFromV2Query(t *testing.T) {
	manager := manager()
	for name, host := range map[string]func(string) (string, error){
		"RsReqHost": manager.RsReqHost, "RsfReqHost": manager.RsfReqHost,
		"ApiReqHost": manager.ApiReqHost, "IoReqHost": manager.IoReqHost,
	} {
		got, err := host(public)
		must(t, err)
		if got != server.UC {
			t.Errorf("%s is %q, want %q", name, got, server.UC)
		}
	}
}

func TestRegionsGiveTheirHosts(t *testing.T) {
	all, err := region.NewAllRegionsProvider(mac(), http_client.DefaultBucketHosts(), &region.AllRegionsProviderOptions{
		UseInsecureProtocol: true, PersistentFilePath: filepath.Join(t.TempDir(), "regions"),
	})
	must(t, err)
	regions, err := all.GetRegions(context.Background())
	must(t, err)
	main := strings.TrimPrefix(server.UC, "http://")
	for _, found := range regions {
		for name, hosts := range map[string][]string{
			"up": found.Up.Preferred, "io": found.Io.Preferred, "rs": found.Rs.Preferred,
			"rsf": found.Rsf.Preferred, "api": found.Api.Preferred, "uc": found.Bucket.Preferred,
		} {
			if len(hosts) == 0 || hosts[0] != main {
				t.Errorf("%s of %s is %v, want %s first", name, found.RegionID, hosts, main)
			}
		}
	}
	if len(regions) == 0 || regions[0].RegionID != "z0" {
		t.Errorf("got %d regions, want z0 first", len(regions))
	}
}

func TestV4QueryGivesEveryHost(t *testing.T) {
	query, err := region.NewBucketRegionsQuery(http_client.DefaultBucketHosts(), &region.BucketRegionsQueryOptions{
		UseInsecureProtocol: true,
	})
	must(t, err)
	regions, err := query.Query(server.AccessKey, public).GetRegions(context.Background())
	must(t, err)
	equal(t, len(regions), 1)
	first := regions[0]
	if len(first.Up.Preferred) < 2 {
		t.Errorf("up hosts are %v, want two at least", first.Up.Preferred)
	}
	for name, hosts := range map[string][]string{
		"rs": first.Rs.Preferred, "rsf": first.Rsf.Preferred, "api": first.Api.Preferred,
		"io": first.Io.Preferred, "uc": first.Bucket.Preferred,
	} {
		if len(hosts) == 0 {
			t.Errorf("no %s host", name)
		}
	}
	equal(t, "http://"+first.IoSrc.Preferred[0], server.Buckets[public].IoSrc)
}

func TestDiscoveryOfAnUnknownBucketIsRefused(t *testing.T) {
	_, err := manager().Stat("go-no-such-bucket", "a")
	refused(t, err, 631, "no such bucket")
	_, err = storage.GetZone(server.AccessKey, "go-no-such-bucket")
	contains(t, err, "no such bucket")
}

func TestDiscoveryForAnUnknownKeyIsRefused(t *testing.T) {
	stranger := storage.NewBucketManager(auth.New("stranger", "secret"), &storage.Config{})
	_, err := stranger.Stat(public, "a")
	refused(t, err, 612, "app/accesskey is not found")
}

func TestRegions(t *testing.T) {
	regions, err := storage.GetRegionsInfoWithOptions(mac(), storage.UCApiOptions{})
	must(t, err)
	equal(t, regions[0].ID, "z0")
	if regions[0].Description == "" {
		t.Fatal("the region has no description")
	}
}

func TestQueryApis(t *testing.T) {
	api := apis.NewStorage(&http_client.Options{UseInsecureProtocol: true})
	two, err := api.QueryBucketV2(context.Background(), &apis.QueryBucketV2Request{
		Bucket: public, AccessKey: server.AccessKey,
	}, nil)
	must(t, err)
	equal(t, two.RegionId, "z0")
	four, err := api.QueryBucketV4(context.Background(), &apis.QueryBucketV4Request{
		Bucket: public, AccessKey: server.AccessKey,
	}, nil)
	must(t, err)
	equal(t, four.Hosts[0].RegionId, "z0")
	if four.Hosts[0].TimeToLive < 1 {
		t.Fatalf("ttl is %d", four.Hosts[0].TimeToLive)
	}
}
