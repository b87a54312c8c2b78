package conformance

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/qiniu/go-sdk/v7/storage"
	"github.com/qiniu/go-sdk/v7/storagev2/apis"
)

// made creates a bucket, which goes with the test.
func made(t *testing.T, name string) string {
	t.Helper()
	must(t, manager().CreateBucket(name, storage.RIDHuadong))
	t.Cleanup(func() { _ = manager().DropBucket(name) })
	return name
}

func TestBuckets(t *testing.T) {
	for _, shared := range []bool{false, true} {
		names, err := manager().Buckets(shared)
		must(t, err)
		equal(t, slices.Contains(names, public) && slices.Contains(names, private), true)
	}
}

func TestBucketsV4(t *testing.T) {
	found := map[string]storage.BucketV4Output{}
	input := &storage.BucketV4Input{Limit: 1}
	for more := true; more; {
		page, err := manager().BucketsV4(input)
		must(t, err)
		for _, bucket := range page.Buckets {
			found[bucket.Name] = bucket
		}
		input.Marker, more = page.NextMarker, page.IsTruncated
	}
	equal(t, found[public].Private, false)
	equal(t, found[private].Private, true)
	equal(t, found[public].Region, "z0")
	if age := time.Since(found[public].Ctime); age < -time.Second || age > time.Hour {
		t.Fatalf("ctime is %s", found[public].Ctime)
	}
	page, err := manager().BucketsV4(&storage.BucketV4Input{Region: "z2"})
	must(t, err)
	equal(t, len(page.Buckets), 0)
}

func TestGetBucketInfo(t *testing.T) {
	info, err := manager().GetBucketInfo(private)
	must(t, err)
	equal(t, info.IsPrivate(), true)
	equal(t, info.Region, "z0")
	equal(t, info.MaxAge, 31536000)
	equal(t, info.IndexPageOn() || info.NoIndexPage == 1, true)
	if age := time.Since(info.Ctime); age < -time.Second || age > time.Hour {
		t.Fatalf("ctime is %s", info.Ctime)
	}
	_, err = manager().GetBucketInfo("go-no-such-bucket")
	contains(t, err, "no such")
}

func TestBucketInfosInRegion(t *testing.T) {
	for _, statistics := range []bool{false, true} {
		summaries, err := manager().BucketInfosInRegion(storage.RIDHuadong, statistics)
		must(t, err)
		position := slices.IndexFunc(summaries, func(bucket storage.BucketSummary) bool { return bucket.Name == private })
		equal(t, position >= 0, true)
		equal(t, summaries[position].Info.IsPrivate(), true)
	}
}

func TestListBucketDomains(t *testing.T) {
	domains, err := manager().ListBucketDomains(public)
	must(t, err)
	equal(t, "http://"+domains[0].Domain, server.Buckets[public].Domain)
	equal(t, domains[0].Tbl, public)
	options := insecure()
	names, err := apis.NewStorage(&options).GetBucketDomains(context.Background(),
		&apis.GetBucketDomainsRequest{BucketName: public}, nil)
	must(t, err)
	equal(t, "http://"+names.Domains[0], server.Buckets[public].Domain)
}

func TestCreateAndDropBucket(t *testing.T) {
	name := made(t, "go-created")
	names, err := manager().Buckets(false)
	must(t, err)
	equal(t, slices.Contains(names, name), true)
	answer := put(t, name, "a", []byte("x"))
	equal(t, answer.Key, "a")
	equal(t, stat(t, name, "a").Fsize, 1)
	output, err := manager().Get(name, "a", nil)
	must(t, err)
	must(t, output.Close())
	refused(t, manager().CreateBucket(name, storage.RIDHuadong), 614, "")
	refused(t, manager().CreateBucket("Not_A_Name", storage.RIDHuadong), 400, "the specified bucket is not valid")
	must(t, manager().Delete(name, "a"))
	must(t, manager().DropBucket(name))
	_, err = manager().GetBucketInfo(name)
	contains(t, err, "no such")
	contains(t, manager().DropBucket(name), "no such")
}

func TestBucketAccess(t *testing.T) {
	name := made(t, "go-access")
	put(t, name, "a", []byte("x"))
	domains, err := manager().ListBucketDomains(name)
	must(t, err)
	url := storage.MakePublicURLv2("http://"+domains[0].Domain, "a")
	status, _ := get(t, url)
	equal(t, status, 200)
	must(t, manager().MakeBucketPrivate(name))
	status, _ = get(t, url)
	equal(t, status, 401)
	must(t, manager().MakeBucketPublic(name))
	status, _ = get(t, url)
	equal(t, status, 200)
	must(t, manager().TurnOnBucketProtected(name))
	info, err := manager().GetBucketInfo(name)
	must(t, err)
	equal(t, info.ProtectedOn(), true)
	must(t, manager().TurnOffBucketProtected(name))
}

func TestIndexPage(t *testing.T) {
	name := made(t, "go-index")
	put(t, name, "index.html", []byte("<p>"))
	domains, err := manager().ListBucketDomains(name)
	must(t, err)
	must(t, manager().TurnOnIndexPage(name))
	status, body := get(t, "http://"+domains[0].Domain+"/")
	equal(t, status, 200)
	equal(t, string(body), "<p>")
	must(t, manager().TurnOffIndexPage(name))
	info, err := manager().GetBucketInfo(name)
	must(t, err)
	equal(t, info.IndexPageOn(), false)
	status, _ = get(t, "http://"+domains[0].Domain+"/")
	equal(t, status, 404)
}

func TestMaxAge(t *testing.T) {
	name := made(t, "go-max-age")
	put(t, name, "a", []byte("x"))
	domains, err := manager().ListBucketDomains(name)
	must(t, err)
	for asked, want := range map[int64]string{60: "60", 0: "31536000"} {
		must(t, manager().SetBucketMaxAge(name, asked))
		response, err := http.Get("http://" + domains[0].Domain + "/a")
		must(t, err)
		response.Body.Close()
		equal(t, response.Header.Get("Cache-Control"), "public, max-age="+want)
	}
}

func TestReferAntiLeech(t *testing.T) {
	name := made(t, "go-referer")
	config := &storage.ReferAntiLeechConfig{}
	config.SetMode(1).SetPattern("*.example.com").SetEmptyReferer(false).SetEnableSource(true)
	must(t, manager().SetReferAntiLeechMode(name, config))
	info, err := manager().GetBucketInfo(name)
	must(t, err)
	equal(t, info.WhiteListSet(), true)
	equalJSON(t, info.ReferWl, []string{"*.example.com"})
	equal(t, info.EnableSource, true)
	equal(t, info.NoRefer, false)
	must(t, manager().SetReferAntiLeechMode(name, config.SetMode(0)))
	info, err = manager().GetBucketInfo(name)
	must(t, err)
	equal(t, info.AntiLeechMode, 0)
}

func TestImage(t *testing.T) {
	name := made(t, "go-image")
	control(t, "POST", "/urls", map[string]any{
		"http://origin.example.com/mirrored": map[string]any{"status": 200, "body": "from the mirror"},
	}, nil)
	defer control(t, "POST", "/urls", map[string]any{}, nil)
	must(t, manager().SetImage("http://origin.example.com", name))
	info, err := manager().GetBucketInfo(name)
	must(t, err)
	equalJSON(t, info.ImageSources(), []string{"http://origin.example.com"})
	must(t, manager().Prefetch(name, "mirrored"))
	equal(t, stat(t, name, "mirrored").Fsize, 15)
	must(t, manager().UnsetImage(name))
	info, err = manager().GetBucketInfo(name)
	must(t, err)
	equal(t, info.Source, "")
	must(t, manager().SetImageWithHost("http://origin.example.com", name, "www.example.com"))
	info, err = manager().GetBucketInfo(name)
	must(t, err)
	equal(t, info.Host, "www.example.com")
}

func TestLifeCycleRules(t *testing.T) {
	name := made(t, "go-rules")
	rules, err := manager().GetBucketLifeCycleRule(name)
	must(t, err)
	equal(t, len(rules), 0)
	rule := storage.BucketLifeCycleRule{
		Name: "tidy", Prefix: "tmp/", ToLineAfterDays: 1, ToArchiveIRAfterDays: 2, ToArchiveAfterDays: 3,
		ToDeepArchiveAfterDays: 4, DeleteAfterDays: 5,
	}
	must(t, manager().AddBucketLifeCycleRule(name, &rule))
	rules, err = manager().GetBucketLifeCycleRule(name)
	must(t, err)
	shown := rule
	shown.ToArchiveIRAfterDays = 0 // The SDK drops it.
	equalJSON(t, rules, []storage.BucketLifeCycleRule{shown})
	rule = storage.BucketLifeCycleRule{Name: "tidy", Prefix: "tmp/", DeleteAfterDays: 1}
	must(t, manager().UpdateBucketLifeCycleRule(name, &rule))
	rules, err = manager().GetBucketLifeCycleRule(name)
	must(t, err)
	equalJSON(t, rules, []storage.BucketLifeCycleRule{rule})
	put(t, name, "tmp/a", []byte("x"))
	put(t, name, "kept", []byte("x"))
	later(t, 72*time.Hour)
	_, err = manager().Stat(name, "tmp/a")
	refused(t, err, 612, "no such file or directory")
	equal(t, stat(t, name, "kept").Fsize, 1)
	must(t, manager().DelBucketLifeCycleRule(name, "tidy"))
	rules, err = manager().GetBucketLifeCycleRule(name)
	must(t, err)
	equal(t, len(rules), 0)
}

func TestEvents(t *testing.T) {
	name := made(t, "go-events")
	rule := storage.BucketEventRule{
		Name: "tell", Prefix: "in/", Suffix: ".txt", Event: []string{"put", "delete"},
		CallbackURL: []string{"http://app.example.com/a", "http://app.example.com/b"}, Host: "app.example.com",
	}
	must(t, manager().AddBucketEvent(name, &rule))
	rules, err := manager().GetBucketEvent(name)
	must(t, err)
	equal(t, len(rules), 1)
	equalJSON(t, rules[0].Event, rule.Event)
	equalJSON(t, rules[0].CallbackURL, rule.CallbackURL)
	equal(t, rules[0].Prefix+rules[0].Suffix, "in/.txt")
	rule.Event = []string{"copy"}
	must(t, manager().UpdateBucketEnvent(name, &rule))
	rules, err = manager().GetBucketEvent(name)
	must(t, err)
	equalJSON(t, rules[0].Event, []string{"copy"})
	must(t, manager().DelBucketEvent(name, "tell"))
	rules, err = manager().GetBucketEvent(name)
	must(t, err)
	equal(t, len(rules), 0)
}

func TestCorsRules(t *testing.T) {
	name := made(t, "go-cors")
	// The SDK sends the methods as the origins too.
	rules := []storage.CorsRule{{
		AllowedOrigin: []string{"GET"}, AllowedMethod: []string{"GET"}, AllowedHeader: []string{"x-a"},
		ExposedHeader: []string{"x-b"}, MaxAge: 60,
	}}
	must(t, manager().AddCorsRules(name, rules))
	shown, err := manager().GetCorsRules(name)
	must(t, err)
	equalJSON(t, shown, rules)
	must(t, manager().AddCorsRules(name, nil))
	shown, err = manager().GetCorsRules(name)
	must(t, err)
	equal(t, len(shown), 0)
}

func TestTagging(t *testing.T) {
	name := made(t, "go-tags")
	tags := map[string]string{"team": "backup", "stage": "test"}
	must(t, manager().SetTagging(name, tags))
	shown, err := manager().GetTagging(name)
	must(t, err)
	equalJSON(t, shown, tags)
	must(t, manager().ClearTagging(name))
	shown, err = manager().GetTagging(name)
	must(t, err)
	equal(t, len(shown), 0)
}

func TestQuota(t *testing.T) {
	name := made(t, "go-quota")
	must(t, manager().SetBucketQuota(name, 1000, 1))
	quota, err := manager().GetBucketQuota(name)
	must(t, err)
	equal(t, quota, storage.BucketQuota{Size: 1000, Count: 1})
	must(t, manager().SetBucketQuota(name, -1, -1))
	quota, err = manager().GetBucketQuota(name)
	must(t, err)
	equal(t, quota, storage.BucketQuota{Size: -1, Count: -1})
}

func TestRemark(t *testing.T) {
	name := made(t, "go-remark")
	must(t, manager().SetRemark(name, "for tests"))
	info, err := manager().GetBucketInfo(name)
	must(t, err)
	equal(t, info.Remark, "for tests")
}
