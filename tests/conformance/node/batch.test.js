'use strict';
/* Batches: what the builders build, the server does; part of it failing is status 298 (protocol §4.1). */

const assert = require('node:assert/strict');
const { sdkTest } = require('./suite');
const { PRIVATE, PUBLIC, called, forger, manager, qiniu, refusal, request, domains, upload } = require('./cloud');

const BATCH = 'rs.BucketManager#batch';
const MISSING = { code: 612, data: { error: 'no such file or directory' } };
const { rs } = qiniu;

const codes = data => data.map(({ code }) => code);
const builds = (...names) => ({ answered: [BATCH, ...names.map(name => `rs.${name}`)] });

sdkTest('looking, copying, moving, deleting', builds('statOp', 'copyOp', 'moveOp', 'deleteOp'), async () => {
  await upload(PUBLIC, 'a', '1');
  await upload(PUBLIC, '文件', '22');
  const found = await manager().batch([rs.statOp(PUBLIC, 'a'), rs.statOp(PUBLIC, '文件')]);
  assert.deepEqual([found.resp.statusCode, codes(found.data)], [200, [200, 200]]);
  assert.deepEqual(found.data[1].data, (await manager().stat(PUBLIC, '文件')).data);
  const moved = await manager().batch([
    rs.copyOp(PUBLIC, 'a', PRIVATE, 'copy'),
    rs.copyOp(PUBLIC, 'a', PUBLIC, '文件', { force: true }),
    rs.moveOp(PUBLIC, 'a', PUBLIC, 'moved', { force: false }),
    rs.moveOp(PUBLIC, 'moved', PUBLIC, 'moved', { force: true }),
  ]);
  assert.deepEqual([moved.resp.statusCode, moved.data], [200, Array(4).fill({ code: 200 })]);
  assert.equal((await request(`${domains[PUBLIC]}/moved`)).text, '1');
  const { data } = await manager().batch([rs.deleteOp(PUBLIC, 'moved'), rs.deleteOp(PRIVATE, 'copy')]);
  assert.deepEqual(data, [{ code: 200 }, { code: 200 }]);
});

sdkTest('a partly failed batch is 298, and no error to the SDK', builds('statOp', 'copyOp'), async () => {
  await upload(PUBLIC, 'there', '1');
  const operations = [
    rs.statOp(PUBLIC, 'missing'),
    rs.statOp(PUBLIC, 'there'),
    rs.copyOp(PUBLIC, 'there', PUBLIC, 'there'),
  ];
  const answer = await manager().batch(operations);
  assert.deepEqual([answer.resp.statusCode, answer.ok(), codes(answer.data)], [298, true, [612, 200, 614]]);
  assert.deepEqual(answer.data[0], MISSING);
  const { error, data, info } = await called(callback => manager().batch(operations, callback));
  assert.deepEqual([error, data, info.statusCode], [null, answer.data, 298]);
});

const CHANGES = builds(
  'changeMimeOp', 'changeHeadersOp', 'changeTypeOp', 'changeStatusOp', 'deleteAfterDaysOp', 'setObjectLifecycleOp',
);
sdkTest('every change there is', CHANGES, async () => {
  await upload(PUBLIC, 'changed', '1');
  const { data, resp } = await manager().batch([
    rs.changeMimeOp(PUBLIC, 'changed', 'text/css'),
    rs.changeHeadersOp(PUBLIC, 'changed', { 'Cache-Control': 'no-cache' }),
    rs.changeTypeOp(PUBLIC, 'changed', 1),
    rs.changeStatusOp(PUBLIC, 'changed', 1),
    rs.deleteAfterDaysOp(PUBLIC, 'changed', 3),
    rs.setObjectLifecycleOp(PUBLIC, 'changed', { toArchiveAfterDays: 1 }),
  ]);
  assert.deepEqual([resp.statusCode, codes(data)], [200, Array(6).fill(200)]);
  const stat = (await manager().stat(PUBLIC, 'changed')).data;
  assert.deepEqual([stat.mimeType, stat.type, stat.status], ['text/css', 1, 1]);
  assert.deepEqual(Object.values(stat['x-qn-meta']), ['no-cache']);
  assert.ok(stat.expiration > stat.transitionToARCHIVE);
});

sdkTest('a thousand operations and one more', { answered: [BATCH], refused: [BATCH] }, async () => {
  const operations = Array.from({ length: 1001 }, (_, index) => rs.statOp(PUBLIC, `missing-${index}`));
  const { data, resp } = await manager().batch(operations.slice(1));
  assert.deepEqual([resp.statusCode, data], [298, Array(1000).fill(MISSING)]);
  assert.equal((await manager().batch(operations)).resp.statusCode, 400);
});

sdkTest('what never gets to the operations', { refused: [BATCH] }, async () => {
  assert.deepEqual(refusal(await manager(forger).batch([rs.statOp(PUBLIC, 'k')])), [401, 'bad token']);
  await assert.rejects(manager().batch([]), /Empty operations/);
});
