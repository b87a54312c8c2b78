'use strict';
/* Addresses that the SDK makes, and what is found there (protocol §2.5, §2.6, §6). */

const assert = require('node:assert/strict');
const { sdkTest } = require('./suite');
const {
  PRIVATE, PUBLIC, after, control, domains, forger, mac, makeBucket, manager, qiniu, request, sources, upload,
} = require('./cloud');

const PRIVATE_URL = 'rs.BucketManager#privateDownloadUrl';
const PUBLIC_URL = 'rs.BucketManager#publicDownloadUrl';
const TIMESTAMP_URL = 'cdn.CdnManager#createTimestampAntiLeechUrl';
const soon = () => Math.ceil(Date.now() / 1000) + 3600;
const signed = (base, key, deadline = soon(), account = mac) =>
  manager(account).privateDownloadUrl(base, key, deadline);

for (const key of ['plain', 'dir/a b.txt', '文件/图.png', '/leading//double', 'a&d=e', '..', '+', '']) {
  sdkTest(`downloads of ${JSON.stringify(key)}`, { answered: [PRIVATE_URL, PUBLIC_URL] }, async () => {
    await upload(PRIVATE, key, 'secret');
    await upload(PUBLIC, key, 'open');
    assert.equal((await request(signed(domains[PRIVATE], key))).text, 'secret');
    assert.equal((await request(signed(sources[PRIVATE], key))).text, 'secret');
    assert.equal((await request(manager().publicDownloadUrl(domains[PRIVATE], key))).status, 401);
    assert.equal((await request(manager().publicDownloadUrl(domains[PUBLIC], key))).text, 'open');
  });
}

sdkTest('keys that the SDK does not encode have to be encoded before', { answered: [PUBLIC_URL] }, async () => {
  await upload(PUBLIC, 'a?b#c', 'odd');
  assert.equal(manager().publicDownloadUrl(domains[PUBLIC], 'a?b'), `${domains[PUBLIC]}/a?b`);
  assert.equal((await request(manager().publicDownloadUrl(domains[PUBLIC], 'a%3Fb%23c'))).text, 'odd');
});

sdkTest('what a signature does not permit', { answered: [PRIVATE_URL] }, async () => {
  await upload(PRIVATE, 'guarded', 'secret');
  const base = domains[PRIVATE];
  for (const url of [
    `${base}/guarded`,
    signed(base, 'guarded').replace('/guarded?', '/other?'),
    signed(base, 'guarded', soon(), forger),
    signed(base, 'guarded', 20),
  ]) {
    const { status, text } = await request(url);
    assert.deepEqual([status, typeof JSON.parse(text).error], [401, 'string']);
  }
  await control('POST', 'clock', { skew_s: 7200 });
  assert.equal((await request(signed(base, 'guarded'))).status, 401);
  await control('POST', 'clock', {});
});

sdkTest('public buckets take no notice of signatures', { answered: [PRIVATE_URL] }, async () => {
  await upload(PUBLIC, 'open', 'open');
  assert.equal((await request(signed(domains[PUBLIC], 'open', 20))).text, 'open');
  assert.equal((await request(`${sources[PUBLIC]}/open`)).status, 401);
  assert.equal((await request(signed(sources[PUBLIC], 'open'))).text, 'open');
});

sdkTest('a name to save as', { answered: [PRIVATE_URL] }, async () => {
  await upload(PRIVATE, 'saved');
  const { headers } = await request(signed(domains[PRIVATE], 'saved?attname=a%20b.txt'));
  assert.match(headers['content-disposition'], /^attachment;.*a(%20| )b\.txt/);
});

sdkTest('ranges and conditions', { answered: [PRIVATE_URL] }, async () => {
  const { hash } = await upload(PRIVATE, 'ranged', '0123456789');
  const url = signed(domains[PRIVATE], 'ranged');
  const part = await request(url, { headers: { Range: 'bytes=2-4' } });
  assert.deepEqual([part.status, part.text, part.headers['content-range']], [206, '234', 'bytes 2-4/10']);
  assert.equal(part.headers.etag, `"${hash}"`);
  assert.equal((await request(url, { headers: { Range: 'bytes=10-' } })).status, 416);
  assert.equal((await request(url, { headers: { 'If-None-Match': `"${hash}"` } })).status, 304);
});

sdkTest('disabled and archived objects', { answered: [PRIVATE_URL] }, async () => {
  await upload(PUBLIC, 'disabled');
  await manager().updateObjectStatus(PUBLIC, 'disabled', 1);
  assert.equal((await request(`${domains[PUBLIC]}/disabled`)).status, 403);
  assert.equal((await request(signed(domains[PUBLIC], 'disabled'))).text, 'hello');
  await upload(PUBLIC, 'frozen', 'hello', { fileType: 3 });
  assert.equal((await request(signed(domains[PUBLIC], 'frozen'))).status, 403);
  await manager().restoreAr(`${PUBLIC}:frozen`, 1);
  await after(12 * 3600 + 1, async () => assert.equal((await request(`${domains[PUBLIC]}/frozen`)).text, 'hello'));
});

sdkTest('timestamp addresses', { answered: [TIMESTAMP_URL] }, async () => {
  const cdn = new qiniu.cdn.CdnManager(mac);
  assert.equal(
    cdn.createTimestampAntiLeechUrl('http://cdn.example.com', 'qiniu.mp4', null, 'encryptKey', 20),
    'http://cdn.example.com/qiniu.mp4?sign=1a530a8baafe126145f49cb738a50c09&t=14',
  );
  const { bucket, domain } = await makeBucket();
  await upload(bucket, 'dir/文 件');
  const status = async (query = null, key = 'encryptKey', deadline = soon()) =>
    (await request(cdn.createTimestampAntiLeechUrl(domain, 'dir/文 件', query, key, deadline))).status;
  assert.equal(await status(), 200, 'a domain that asks for none takes no notice');
  await control('POST', 'anti-leech', { bucket, keys: ['encryptKey'] });
  assert.deepEqual([await status(), await status('attname=a.txt')], [200, 200]);
  assert.deepEqual([await status(null, 'another key'), await status(null, 'encryptKey', 20)], [403, 403]);
  assert.equal((await request(manager().publicDownloadUrl(domain, 'dir/文 件'))).status, 403);
});
