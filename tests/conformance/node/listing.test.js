'use strict';
/* Listing (protocol §3): pages of version 1, and the stream of lines of version 2. */

const assert = require('node:assert/strict');
const { sdkTest } = require('./suite');
const { PUBLIC, called, forger, manager, qiniu, refusal, upload } = require('./cloud');

const V1 = 'rs.BucketManager#listPrefix';
const V2 = 'rs.BucketManager#listPrefixV2';
const KEYS = ['a', 'd/1', 'd/2', 'd/e/3', 'é', '文件', '𐀀'];
let filling;

function filled () {
  filling ??= Promise.all(KEYS.map(key => upload(PUBLIC, `list/${key}`, key)));
  return filling;
}

const within = keys => keys.map(key => key.slice('list/'.length));
const itemKeys = data => within(data.items.map(({ key }) => key));
const lines = text => text.trim().split('\n').filter(Boolean).map(line => JSON.parse(line));

for (const limit of [1, 2, 3, 7, 1000, undefined]) {
  sdkTest(`pages of ${limit}`, { answered: [V1] }, async () => {
    await filled();
    const found = [];
    let marker;
    do {
      const { data } = await manager().listPrefix(PUBLIC, { prefix: 'list/', limit, marker });
      assert.ok(data.items.length <= (limit ?? 1000));
      found.push(...itemKeys(data));
      marker = data.marker;
    } while (marker);
    assert.deepEqual(found, KEYS);
  });
}

sdkTest('prefix and delimiter', { answered: [V1] }, async () => {
  await filled();
  const { data } = await manager().listPrefix(PUBLIC, { prefix: 'list/', delimiter: '/' });
  assert.deepEqual([itemKeys(data), within(data.commonPrefixes)], [['a', 'é', '文件', '𐀀'], ['d/']]);
  const deeper = await manager().listPrefix(PUBLIC, { prefix: 'list/d/', delimiter: '/' });
  assert.deepEqual([itemKeys(deeper.data), within(deeper.data.commonPrefixes)], [['d/1', 'd/2'], ['d/e/']]);
  const nothing = await called(callback => manager().listPrefix(PUBLIC, { prefix: 'no such' }, callback));
  assert.deepEqual([nothing.error, nothing.data.items, nothing.data.marker ?? ''], [null, [], '']);
});

sdkTest('items', { answered: [V1] }, async () => {
  await filled();
  const { data } = await manager().listPrefix(PUBLIC, { prefix: 'list/a' });
  const { data: stat } = await manager().stat(PUBLIC, 'list/a');
  for (const name of ['hash', 'fsize', 'mimeType', 'putTime', 'type', 'md5']) {
    assert.equal(data.items[0][name], stat[name], name);
  }
});

sdkTest('a stream of lines', { answered: [V2] }, async () => {
  await filled();
  const { data, resp } = await manager().listPrefixV2(PUBLIC, { prefix: 'list/' });
  assert.equal(resp.statusCode, 200);
  const found = lines(data);
  assert.deepEqual(within(found.filter(({ item }) => item).map(({ item }) => item.key)), KEYS);
  assert.equal(found.at(-1).marker, '');
  assert.ok(found[0].item.hash && found[0].item.putTime);
});

sdkTest('a stream goes on where a line says', { answered: [V2] }, async () => {
  await filled();
  const first = lines((await manager().listPrefixV2(PUBLIC, { prefix: 'list/', limit: 3 })).data);
  assert.deepEqual(within(first.map(({ item }) => item.key)), KEYS.slice(0, 3));
  const { marker } = first.at(-1);
  const rest = lines((await manager().listPrefixV2(PUBLIC, { prefix: 'list/', marker })).data);
  assert.deepEqual(within(rest.map(({ item }) => item.key)), KEYS.slice(3));
  const middle = first[0].marker;
  const after = lines((await manager().listPrefixV2(PUBLIC, { prefix: 'list/', marker: middle })).data);
  assert.deepEqual(within(after.map(({ item }) => item.key)), KEYS.slice(1));
});

sdkTest('folders in a stream', { answered: [V2] }, async () => {
  await filled();
  const found = lines((await manager().listPrefixV2(PUBLIC, { prefix: 'list/', delimiter: '/' })).data);
  assert.deepEqual(within(found.filter(({ item }) => item).map(({ item }) => item.key)), ['a', 'é', '文件', '𐀀']);
  assert.deepEqual(within(found.map(({ dir }) => dir).filter(Boolean)), ['d/']);
});

sdkTest('refusals', { refused: [V1, V2] }, async () => {
  assert.deepEqual(refusal(await manager(forger).listPrefix(PUBLIC)), [401, 'bad token']);
  assert.equal((await manager().listPrefix(PUBLIC, { marker: '!' })).resp.statusCode, 640);
  const unheard = qiniu.util.urlsafeBase64Encode('[]');
  assert.equal((await manager().listPrefix(PUBLIC, { marker: unheard })).resp.statusCode, 640);
  const { data, resp } = await manager().listPrefixV2(PUBLIC, { marker: '!' });
  assert.deepEqual([resp.statusCode, typeof JSON.parse(data).error], [640, 'string']);
  assert.equal((await manager(forger).listPrefixV2(PUBLIC)).resp.statusCode, 401);
});
