'use strict';
/* Settings of a bucket (protocol §1.5): that they are kept, and what they do. */

const assert = require('node:assert/strict');
const { methodsOf, sdkTest } = require('./suite');
const { DONE, after, makeBucket, manager, refusal, request, shown, upload } = require('./cloud');

const NO_BUCKET = [631, 'no such bucket'];
const DAY_S = 86400;
const { both } = methodsOf('rs.BucketManager#');
const info = async bucket => (await manager().getBucketInfo(bucket)).data;

sdkTest('lifecycle rules', both(
  'putBucketLifecycleRule', 'updateBucketLifecycleRule', 'getBucketLifecycleRule', 'deleteBucketLifecycleRule',
), async () => {
  const { bucket } = await makeBucket();
  const rules = async () => (await manager().getBucketLifecycleRule(bucket)).data ?? [];
  assert.deepEqual(await rules(), []);
  const rule = { name: 'tidy', prefix: 'tmp/', to_line_after_days: 1, delete_after_days: 3 };
  assert.deepEqual(shown(await manager().putBucketLifecycleRule(bucket, rule)), DONE);
  const [kept] = await rules();
  assert.deepEqual({ ...kept, ...rule, to_archive_after_days: 0 }, kept);
  assert.equal((await manager().putBucketLifecycleRule(bucket, rule)).resp.statusCode, 400, 'the name is taken');

  await upload(bucket, 'tmp/early');
  await upload(bucket, 'kept');
  assert.deepEqual(shown(await manager().updateBucketLifecycleRule(bucket, { ...rule, delete_after_days: 5 })), DONE);
  assert.equal((await rules())[0].delete_after_days, 5);
  await upload(bucket, 'tmp/late');
  const found = async () => {
    const { data } = await manager().listPrefix(bucket);
    return Object.fromEntries(data.items.map(({ key, type }) => [key, type]));
  };
  await after(2 * DAY_S + 1, async () => assert.deepEqual(await found(), { kept: 0, 'tmp/early': 1, 'tmp/late': 1 }));
  await after(4 * DAY_S + 1, async () => assert.deepEqual(await found(), { kept: 0, 'tmp/late': 1 }));
  await after(6 * DAY_S + 1, async () => assert.deepEqual(await found(), { kept: 0 }));

  assert.deepEqual(shown(await manager().deleteBucketLifecycleRule(bucket, 'tidy')), DONE);
  assert.deepEqual(await rules(), []);
  assert.equal((await manager().updateBucketLifecycleRule(bucket, rule)).resp.statusCode, 400);
  assert.equal((await manager().deleteBucketLifecycleRule(bucket, 'tidy')).resp.statusCode, 400);
  assert.deepEqual(refusal(await manager().putBucketLifecycleRule('nowhere', rule)), NO_BUCKET);
  assert.deepEqual(refusal(await manager().getBucketLifecycleRule('nowhere')), NO_BUCKET);
});

sdkTest('events', both('putBucketEvent', 'updateBucketEvent', 'getBucketEvent', 'deleteBucketEvent'), async () => {
  const { bucket } = await makeBucket();
  const events = async () => (await manager().getBucketEvent(bucket)).data ?? [];
  assert.deepEqual(await events(), []);
  const event = { name: 'tell', event: 'put', callbackURL: 'http://app.example.com/told', prefix: 'in/' };
  assert.deepEqual(shown(await manager().putBucketEvent(bucket, event)), DONE);
  assert.deepEqual((await events()).map(each => [each.name, each.prefix]), [['tell', 'in/']]);
  assert.equal((await manager().putBucketEvent(bucket, event)).resp.statusCode, 400, 'the name is taken');
  const urls = ['http://one.example.com', 'http://two.example.com'];
  assert.deepEqual(shown(await manager().updateBucketEvent(bucket, { name: 'tell', callbackURL: urls })), DONE);
  const told = JSON.stringify(await events());
  assert.deepEqual(urls.filter(url => !told.includes(url)), []);
  assert.deepEqual(shown(await manager().deleteBucketEvent(bucket, 'tell')), DONE);
  assert.deepEqual(await events(), []);
  assert.equal((await manager().updateBucketEvent(bucket, event)).resp.statusCode, 400);
  assert.equal((await manager().deleteBucketEvent(bucket, 'tell')).resp.statusCode, 400);
  assert.deepEqual(refusal(await manager().putBucketEvent('nowhere', event)), NO_BUCKET);
  assert.deepEqual(refusal(await manager().getBucketEvent('nowhere')), NO_BUCKET);
});

sdkTest('referers', both('putReferAntiLeech'), async () => {
  const { bucket, domain } = await makeBucket();
  await upload(bucket, 'k');
  const status = async Referer => (await request(`${domain}/k`, { headers: Referer ? { Referer } : {} })).status;
  const set = options => manager().putReferAntiLeech(bucket, options);
  const allowed = { mode: 1, norefer: 0, pattern: 'good.example.com;*.better.example.com' };
  assert.deepEqual(shown(await set(allowed)), DONE);
  const { anti_leech_mode: mode, refer_wl: list, allow_empty_referer: empty } = await info(bucket);
  assert.deepEqual([mode, list, empty], [1, ['good.example.com', '*.better.example.com'], false]);
  assert.equal(await status(), 200, 'not enforced at the origin');
  assert.deepEqual(shown(await set({ ...allowed, source_enabled: 1 })), DONE);
  const referers = [
    'http://good.example.com/page', 'https://a.better.example.com/', 'http://bad.example.com/', undefined,
  ];
  assert.deepEqual(await Promise.all(referers.map(status)), [200, 200, 403, 403]);
  assert.deepEqual(shown(await set({ ...allowed, mode: 2, norefer: 1, source_enabled: 1 })), DONE);
  assert.deepEqual(await Promise.all(referers.map(status)), [403, 403, 200, 200]);
  assert.deepEqual(shown(await set({})), DONE);
  assert.deepEqual(await Promise.all(referers.map(status)), [200, 200, 200, 200]);
  assert.equal((await set({ mode: 3 })).resp.statusCode, 400);
  assert.deepEqual(refusal(await manager().putReferAntiLeech('nowhere', allowed)), NO_BUCKET);
});

sdkTest('CORS', both('putCorsRules', 'getCorsRules'), async () => {
  const { bucket, domain } = await makeBucket();
  await upload(bucket, 'k');
  const rules = [
    { allowed_origin: ['http://app.example.com'], allowed_method: ['GET'], exposed_header: ['ETag'], max_age: 7 },
  ];
  assert.deepEqual(shown(await manager().putCorsRules(bucket, rules)), DONE);
  const [kept] = (await manager().getCorsRules(bucket)).data;
  for (const [member, value] of Object.entries(rules[0])) {
    assert.deepEqual(kept[member], value);
  }
  const allowed = async Origin =>
    (await request(`${domain}/k`, { headers: { Origin } })).headers['access-control-allow-origin'];
  assert.ok(['http://app.example.com', '*'].includes(await allowed('http://app.example.com')));
  assert.equal(await allowed('http://other.example.com'), undefined);
  assert.deepEqual(shown(await manager().putCorsRules(bucket, [])), DONE);
  assert.deepEqual((await manager().getCorsRules(bucket)).data ?? [], []);
  assert.equal((await manager().putCorsRules(bucket, { not: 'a list' })).resp.statusCode, 400);
  assert.deepEqual(refusal(await manager().putCorsRules('nowhere', rules)), NO_BUCKET);
  assert.deepEqual(refusal(await manager().getCorsRules('nowhere')), NO_BUCKET);
});

sdkTest('protected originals', both('putBucketAccessStyleMode'), async () => {
  const { bucket } = await makeBucket();
  assert.deepEqual(shown(await manager().putBucketAccessStyleMode(bucket, 1)), DONE);
  assert.equal((await info(bucket)).protected, 1);
  assert.deepEqual(shown(await manager().putBucketAccessStyleMode(bucket, 0)), DONE);
  assert.equal((await info(bucket)).protected, 0);
  assert.equal((await manager().putBucketAccessStyleMode(bucket, 2)).resp.statusCode, 400);
  assert.deepEqual(refusal(await manager().putBucketAccessStyleMode('nowhere', 1)), NO_BUCKET);
});

sdkTest('max-age', both('putBucketMaxAge'), async () => {
  const { bucket, domain } = await makeBucket();
  await upload(bucket, 'k');
  const told = async () => (await request(`${domain}/k`)).headers['cache-control'];
  assert.equal(await told(), 'public, max-age=31536000');
  assert.deepEqual(shown(await manager().putBucketMaxAge(bucket, { maxAge: 60 })), DONE);
  assert.deepEqual([await told(), (await info(bucket)).max_age], ['public, max-age=60', 60]);
  assert.deepEqual(shown(await manager().putBucketMaxAge(bucket, { maxAge: 0 })), DONE);
  assert.equal(await told(), 'public, max-age=31536000');
  assert.deepEqual(refusal(await manager().putBucketMaxAge('nowhere', { maxAge: 60 })), NO_BUCKET);
});

sdkTest('quotas', both('putBucketQuota', 'getBucketQuota'), async () => {
  const { bucket } = await makeBucket();
  const quota = async () => (await manager().getBucketQuota(bucket)).data;
  assert.deepEqual(shown(await manager().putBucketQuota(bucket, { size: 1000, count: 5 })), DONE);
  assert.deepEqual(await quota(), { size: 1000, count: 5 });
  assert.deepEqual(shown(await manager().putBucketQuota(bucket, { size: 2000 })), DONE);
  assert.deepEqual(await quota(), { size: 2000, count: 5 }, '0 and nothing leave things as they are');
  assert.deepEqual(shown(await manager().putBucketQuota(bucket, { size: -1, count: -1 })), DONE);
  assert.ok((await upload(bucket, 'k', 'x'.repeat(3000))).hash);
  assert.deepEqual(refusal(await manager().putBucketQuota('nowhere', { size: 1 })), NO_BUCKET);
  assert.deepEqual(refusal(await manager().getBucketQuota('nowhere')), NO_BUCKET);
});
