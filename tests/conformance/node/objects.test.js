'use strict';
/* One object at a time: what the SDK tells of it and does to it. */

const assert = require('node:assert/strict');
const { methodsOf, sdkTest } = require('./suite');
const {
  DONE, PRIVATE, PUBLIC, after, called, domains, forger, makeBucket, manager, refusal, request, shown, upload,
} = require('./cloud');

const HELLO = 'Fqr0xh3cxeii2r7eDztILNmuqUNN';
const NO_SUCH_KEY = [612, 'no such file or directory'];
const EXISTS = [614, 'file exists'];
const DAY_S = 86400;
const KEYS = ['plain', 'dir/a b.txt', '文件/图.png', 'a\\b\\c"hello', '/leading//double', 'a?b#c%2F&d=e', 'a:b', '..', ''];

const { both, each } = methodsOf('rs.BucketManager#');
const stat = async (bucket, key) => (await manager().stat(bucket, key)).data;

for (const key of KEYS) {
  sdkTest(`stat and delete of ${JSON.stringify(key)}`, both('stat', 'delete'), async () => {
    assert.deepEqual(refusal(await manager().stat(PUBLIC, key)), NO_SUCH_KEY);
    await upload(PUBLIC, key);
    const { data, resp } = await manager().stat(PUBLIC, key);
    assert.deepEqual([resp.statusCode, data.fsize, data.hash, data.type], [200, 5, HELLO, 0]);
    assert.ok(Math.abs(data.putTime / 1e7 - Date.now() / 1000) < 60);
    assert.deepEqual(shown(await manager().delete(PUBLIC, key)), DONE);
    assert.deepEqual(refusal(await manager().delete(PUBLIC, key)), NO_SUCH_KEY);
  });
}

sdkTest('callbacks tell the same', both('stat', 'delete'), async () => {
  await upload(PUBLIC, 'by-callback');
  const found = await called(callback => manager().stat(PUBLIC, 'by-callback', callback));
  assert.deepEqual([found.error, found.data.fsize, found.info.statusCode], [null, 5, 200]);
  const gone = await called(callback => manager().delete(PUBLIC, 'by-callback', callback));
  assert.deepEqual([gone.error, gone.data, gone.info.statusCode], [null, null, 200]);
  for (const method of ['stat', 'delete']) {
    const missing = await called(callback => manager()[method](PUBLIC, 'by-callback', callback));
    assert.deepEqual([missing.error, missing.data.error, missing.info.statusCode], [null, NO_SUCH_KEY[1], 612]);
  }
});

sdkTest('a wrong secret changes nothing', { refused: each('stat', 'delete', 'changeMime') }, async () => {
  await upload(PUBLIC, 'guarded');
  const before = await stat(PUBLIC, 'guarded');
  assert.deepEqual(refusal(await manager(forger).stat(PUBLIC, 'guarded')), [401, 'bad token']);
  assert.deepEqual(refusal(await manager(forger).delete(PUBLIC, 'guarded')), [401, 'bad token']);
  assert.deepEqual(refusal(await manager(forger).changeMime(PUBLIC, 'guarded', 'text/css')), [401, 'bad token']);
  assert.deepEqual(await stat(PUBLIC, 'guarded'), before);
});

sdkTest('copy and move', both('copy', 'move'), async () => {
  await upload(PUBLIC, 'source', 'first');
  await upload(PUBLIC, 'taken', 'second');
  assert.deepEqual(shown(await manager().copy(PUBLIC, 'source', PRIVATE, 'copy', null)), DONE);
  assert.equal((await stat(PRIVATE, 'copy')).hash, (await stat(PUBLIC, 'source')).hash);
  assert.deepEqual(refusal(await manager().copy(PUBLIC, 'source', PUBLIC, 'taken', {})), EXISTS);
  assert.deepEqual(refusal(await manager().move(PUBLIC, 'source', PUBLIC, 'taken', { force: false })), EXISTS);
  assert.deepEqual(shown(await manager().move(PUBLIC, 'source', PUBLIC, 'taken', { force: true })), DONE);
  assert.equal((await request(`${domains[PUBLIC]}/taken`)).text, 'first');
  for (const method of ['copy', 'move']) {
    assert.deepEqual(shown(await manager()[method](PUBLIC, 'taken', PUBLIC, 'taken', { force: true })), DONE);
    assert.equal((await stat(PUBLIC, 'taken')).fsize, 5);
    assert.deepEqual(refusal(await manager()[method](PUBLIC, 'source', PUBLIC, 'new')), NO_SUCH_KEY);
    assert.deepEqual(refusal(await manager()[method](PUBLIC, 'taken', 'nowhere', 'new')), [631, 'no such bucket']);
  }
});

sdkTest('MIME type and headers', both('changeMime', 'changeHeaders'), async () => {
  await upload(PUBLIC, 'headers');
  assert.deepEqual(shown(await manager().changeMime(PUBLIC, 'headers', 'text/css')), DONE);
  const headers = { 'Cache-Control': 'no-cache', 'Last-Modified': 'Tue, 14 Nov 2023 22:13:20 GMT', 'x-colour': 'red' };
  assert.deepEqual(shown(await manager().changeHeaders(PUBLIC, 'headers', headers)), DONE);
  const { mimeType, 'x-qn-meta': metadata } = await stat(PUBLIC, 'headers');
  assert.equal(mimeType, 'text/css');
  assert.deepEqual(Object.keys(metadata).map(each => each.toLowerCase()).sort(), [
    '!cache-control', '!last-modified', '!x-colour',
  ]);
  const answer = await request(`${domains[PUBLIC]}/headers`);
  assert.deepEqual(
    [answer.headers['content-type'], answer.headers['cache-control'], answer.headers['last-modified']],
    ['text/css', 'no-cache', 'Tue, 14 Nov 2023 22:13:20 GMT'],
  );
  assert.equal(answer.headers['x-colour'], 'red');
  assert.deepEqual(refusal(await manager().changeMime(PUBLIC, 'missing', 'text/css')), NO_SUCH_KEY);
  assert.deepEqual(refusal(await manager().changeHeaders(PUBLIC, 'missing', headers)), NO_SUCH_KEY);
});

sdkTest('storage type', both('changeType'), async () => {
  await upload(PUBLIC, 'type');
  assert.deepEqual(refusal(await manager().changeType(PUBLIC, 'type', 0)), [400, 'already in normal stat']);
  assert.deepEqual(shown(await manager().changeType(PUBLIC, 'type', 1)), DONE);
  assert.equal((await stat(PUBLIC, 'type')).type, 1);
  assert.deepEqual(refusal(await manager().changeType(PUBLIC, 'missing', 1)), NO_SUCH_KEY);
});

sdkTest('status', both('updateObjectStatus'), async () => {
  await upload(PUBLIC, 'status');
  assert.deepEqual(shown(await manager().updateObjectStatus(PUBLIC, 'status', 1)), DONE);
  assert.equal((await stat(PUBLIC, 'status')).status, 1);
  assert.equal((await request(`${domains[PUBLIC]}/status`)).status, 403);
  assert.deepEqual(refusal(await manager().updateObjectStatus(PUBLIC, 'status', 1)), [400, 'already disabled']);
  assert.deepEqual(shown(await manager().updateObjectStatus(PUBLIC, 'status', 0)), DONE);
  assert.equal((await request(`${domains[PUBLIC]}/status`)).text, 'hello');
  assert.deepEqual(refusal(await manager().updateObjectStatus(PUBLIC, 'missing', 1)), NO_SUCH_KEY);
});

sdkTest('restoring what is archived', both('restoreAr'), async () => {
  await upload(PUBLIC, 'archived', 'hello', { fileType: 2 });
  await upload(PUBLIC, 'normal');
  assert.equal((await manager().restoreAr(`${PUBLIC}:normal`, 1)).resp.statusCode, 403);
  assert.deepEqual(refusal(await manager().restoreAr(`${PUBLIC}:archived`, 8)), [400, 'invalid freeze after days']);
  assert.equal((await request(`${domains[PUBLIC]}/archived`)).status, 403);
  assert.deepEqual(shown(await manager().restoreAr(`${PUBLIC}:archived`, 2)), DONE);
  assert.equal((await stat(PUBLIC, 'archived')).restoreStatus, 1);
  await after(5 * 60 + 1, async () => {
    assert.equal((await stat(PUBLIC, 'archived')).restoreStatus, 2);
    assert.equal((await request(`${domains[PUBLIC]}/archived`)).text, 'hello');
  });
  assert.deepEqual(refusal(await manager().restoreAr(`${PUBLIC}:missing`, 1)), NO_SUCH_KEY);
});

sdkTest('deletion after days', both('deleteAfterDays'), async () => {
  await upload(PUBLIC, 'short-lived');
  assert.deepEqual(shown(await manager().deleteAfterDays(PUBLIC, 'short-lived', 1)), DONE);
  const left = (await stat(PUBLIC, 'short-lived')).expiration - Date.now() / 1000;
  assert.ok(left > DAY_S - 60 && left <= 2 * DAY_S, `${left} s`);
  await after(2 * DAY_S + 1, async () => {
    assert.deepEqual(refusal(await manager().stat(PUBLIC, 'short-lived')), NO_SUCH_KEY);
  });
  assert.deepEqual(refusal(await manager().deleteAfterDays(PUBLIC, 'missing', 1)), NO_SUCH_KEY);
});

sdkTest('life of an object', both('setObjectLifeCycle'), async () => {
  await upload(PUBLIC, 'living');
  const planned = {
    toIaAfterDays: 1, toArchiveIRAfterDays: 3, toArchiveAfterDays: 5, toDeepArchiveAfterDays: 7, deleteAfterDays: 9,
  };
  const wrong = await manager().setObjectLifeCycle(PUBLIC, 'living', { ...planned, cond: { hash: 'another' } });
  assert.ok(!wrong.ok());
  const right = await manager().setObjectLifeCycle(PUBLIC, 'living', { ...planned, cond: { hash: HELLO, fsize: 5 } });
  assert.deepEqual(shown(right), DONE);
  const moments = [
    'transitionToIA', 'transitionToArchiveIR', 'transitionToARCHIVE', 'transitionToDeepArchive', 'expiration',
  ];
  const times = await stat(PUBLIC, 'living');
  assert.deepEqual(moments.toSorted((one, other) => times[one] - times[other]), moments);
  await after(2 * DAY_S + 1, async () => assert.equal((await stat(PUBLIC, 'living')).type, 1));
  await manager().setObjectLifeCycle(PUBLIC, 'living', { deleteAfterDays: -1 });
  assert.equal((await stat(PUBLIC, 'living')).expiration, undefined);
  assert.deepEqual(refusal(await manager().setObjectLifeCycle(PUBLIC, 'missing', planned)), NO_SUCH_KEY);
});

sdkTest('fetching from an address', both('fetch'), async () => {
  await upload(PUBLIC, 'original');
  const { data, resp } = await manager().fetch(`${domains[PUBLIC]}/original`, PRIVATE, 'fetched');
  assert.deepEqual([resp.statusCode, data.hash, data.key, data.fsize], [200, HELLO, 'fetched', 5]);
  assert.equal((await stat(PRIVATE, 'fetched')).hash, HELLO);
  assert.equal((await manager().fetch(`${domains[PUBLIC]}/missing`, PRIVATE, 'none')).resp.statusCode, 404);
  assert.equal((await manager().fetch('http://127.0.0.1:1/closed', PRIVATE, 'none')).resp.statusCode, 478);
});

sdkTest('a mirror source', both('image', 'unimage', 'prefetch'), async () => {
  const { bucket, domain } = await makeBucket();
  await upload(PUBLIC, 'mirrored', 'first');
  assert.ok(!(await manager().prefetch(bucket, 'mirrored')).ok(), 'there is no source yet');
  assert.deepEqual(shown(await manager().image(bucket, domains[PUBLIC], 'source.example.com')), DONE);
  const { data } = await manager().getBucketInfo(bucket);
  assert.deepEqual([data.source, data.host], [domains[PUBLIC], 'source.example.com']);
  assert.deepEqual(shown(await manager().image(bucket, domains[PUBLIC])), DONE);
  const fetched = await manager().prefetch(bucket, 'mirrored');
  assert.equal(fetched.resp.statusCode, 200);
  assert.equal((await request(`${domain}/mirrored`)).text, 'first');
  assert.ok(!(await manager().prefetch(bucket, 'missing')).ok());
  assert.deepEqual(shown(await manager().unimage(bucket)), DONE);
  assert.equal((await manager().getBucketInfo(bucket)).data.source, '');
  assert.ok(!(await manager().prefetch(bucket, 'mirrored')).ok());
  assert.deepEqual(refusal(await manager().image('nowhere', domains[PUBLIC])), [631, 'no such bucket']);
  assert.deepEqual(refusal(await manager().unimage('nowhere')), [631, 'no such bucket']);
});
