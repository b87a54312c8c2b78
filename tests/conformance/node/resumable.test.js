'use strict';
/*
 * Uploads in parts, version 1 with blocks of 4 MiB (protocol §5.2) and version 2 with parts of any size (§5.3).
 *
 * The SDK takes up an upload where its record says it ended; the request log shows what it sent again.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { Readable } = require('node:stream');
const { methodsOf, sdkTest } = require('./suite');
const {
  MIB, PRIVATE, PUBLIC, called, clearLog, config, content, domains, file, forger, log, manager, qiniu, refusal, request,
  scratch, shown, uploadToken, withFaults,
} = require('./cloud');

const { PutExtra, createResumeRecorder, createResumeRecorderSync } = qiniu.resume_up;
const SIZE = 4 * MIB + 1;
const DATA = content(SIZE);
const HASH = 'lgV4TNEnA2AXSRVyDqVW4bohMKad';
const HASH_OF_ONE_PART = 'noxL41IKosLubD1ndYWEnjA7Z2vx';
const LITTLE = content(MIB);
const LITTLE_HASH = 'FsL8TLIPEwGmsN0hHBnmmhOSXb5A';

const { both, each } = methodsOf('resume_up.ResumeUploader#');
const recorders = methodsOf('resume_up.JsonFileRecorder#');
const uploader = () => new qiniu.resume_up.ResumeUploader(config());
const sent = async pattern =>
  (await log()).filter(({ target, status }) => status === 200 && pattern.test(target)).length;

/** Settings of an upload; version 1 is what the constructor means, version 2 what `create` does. */
function settings (version, { partSize, progress, ...others } = {}) {
  const extra = PutExtra.create('a.png', { 'x:a': 'b' }, 'image/png', null, progress, partSize, version, {
    'x-qn-meta-colour': 'grün',
  });
  return Object.assign(extra, others);
}

const stream = data => Readable.from(Array.from({ length: Math.ceil(data.length / MIB) }, (_, index) =>
  data.subarray(index * MIB, (index + 1) * MIB)));

/** The six ways of sending, each as (token, key, data, extra, callback); the first of a pair is version 1. */
const WAYS = {
  putStream: (token, key, data, ...rest) => uploader().putStream(token, key, stream(data), data.length, ...rest),
  putStreamV2: (token, key, data, ...rest) => uploader().putStreamV2(token, key, stream(data), data.length, ...rest),
  putFile: (token, key, data, ...rest) => uploader().putFile(token, key, file('parts.bin', data), ...rest),
  putFileV2: (token, key, data, ...rest) => uploader().putFileV2(token, key, file('parts.bin', data), ...rest),
  putFileWithoutKey: (token, key, data, ...rest) =>
    uploader().putFileWithoutKey(token, file('parts.bin', data), ...rest),
  putFileWithoutKeyV2: (token, key, data, ...rest) =>
    uploader().putFileWithoutKeyV2(token, file('parts.bin', data), ...rest),
};

for (const [method, way] of Object.entries(WAYS)) {
  const keyless = method.includes('WithoutKey');
  const version = method.endsWith('V2') ? 'v2' : 'v1';
  const key = keyless ? undefined : `parts/${method}`;

  sdkTest(`${method}: good and bad`, both(method), async () => {
    const stored = keyless ? LITTLE_HASH : key;
    await clearLog();
    const { data, resp } = await way(uploadToken(PUBLIC), key, LITTLE, null);
    assert.deepEqual([resp.statusCode, data], [200, { hash: LITTLE_HASH, key: stored }]);
    assert.equal(await sent(version === 'v1' ? /^\/mkfile\// : /\/uploads/), version === 'v1' ? 1 : 3);
    assert.ok((await request(`${domains[PUBLIC]}/${stored}`)).content.equals(LITTLE));

    const told = await called(callback => way(uploadToken(PUBLIC), key, LITTLE, null, callback));
    assert.deepEqual([told.error, told.data.key, told.info.statusCode], [null, stored, 200]);

    const forged = uploadToken(PUBLIC, undefined, {}, forger);
    assert.equal((await way(forged, key, LITTLE, null)).resp.statusCode, 401);
    const failed = await called(callback => way(forged, key, LITTLE, null, callback));
    assert.deepEqual([failed.error, failed.info.statusCode, failed.data.error], [null, 401, 'bad token']);
    assert.deepEqual(
      refusal(await way(uploadToken(PUBLIC, 'another'), key, LITTLE, null)),
      [403, "key doesn't match scope"],
    );
  });
}

for (const version of ['v1', 'v2']) {
  sdkTest(`${version}: a large file with all that belongs to it`, { answered: each('putFileV2') }, async () => {
    const told = [];
    const extra = settings(version, { progress: (...progress) => told.push(progress) });
    const key = `parts/large-${version}`;
    const answer = await uploader().putFileV2(uploadToken(PRIVATE, key), key, file('large', DATA), extra);
    assert.deepEqual(shown(answer), [200, { hash: HASH, key }]);
    assert.deepEqual(told, [[4 * MIB, SIZE], [SIZE, SIZE]]);
    const { data } = await manager().stat(PRIVATE, key);
    assert.deepEqual([data.fsize, data.mimeType, data['x-qn-meta']], [SIZE, 'image/png', { colour: 'grün' }]);
    const url = manager().privateDownloadUrl(domains[PRIVATE], key, Math.ceil(Date.now() / 1000) + 60);
    assert.ok((await request(url)).content.equals(DATA));
  });

  const declared = {
    answered: [
      ...each('putFileV2'), 'resume_up.createResumeRecorderSync',
      ...recorders.each('generateKeySync', 'hasSync', 'getSync', 'setSync', 'deleteSync'),
    ],
    refused: each('putFileV2'),
  };
  sdkTest(`${version}: an interrupted upload is taken up again`, declared, async () => {
    const records = createResumeRecorderSync(path.join(scratch, `records-${version}`));
    const key = `parts/resumed-${version}`;
    const where = file(`resumed-${version}`, DATA);
    const put = () => uploader().putFileV2(uploadToken(PUBLIC), key, where, settings(version, {
      resumeRecorder: records, resumeKey: 'record.json',
    }));
    const second = version === 'v1' ? '/mkblk/' : '/uploads/.+/2$';
    await withFaults([{ host: 'up', path: second, nth: version === 'v1' ? 2 : 1, status: 400 }], async () => {
      assert.equal((await put()).resp.statusCode, 400);
    });
    assert.ok(records.hasSync('record.json'));
    const record = records.getSync('record.json');
    assert.equal(record[version === 'v1' ? 'parts' : 'etags'].length, 1);
    await clearLog();
    assert.deepEqual(shown(await put()), [200, { hash: HASH, key }]);
    assert.equal(await sent(version === 'v1' ? /^\/mkblk\// : /\/uploads\/[^/]+\/\d+$/), 1, 'one part of two');
    assert.ok((await request(`${domains[PUBLIC]}/${key}`)).content.equals(DATA));
    assert.ok(!records.hasSync('record.json'));

    // A record of an upload that is gone is no good. The SDK has a policy for 701 and 612 that never acts, because it
    // asks whether there is a record and forgets the answer.
    if (version === 'v1') {
      record.parts[0].ctx = 'of-a-block-that-is-gone';
    }
    records.setSync('record.json', record);
    const answer = await put();
    assert.equal(answer.resp.statusCode, version === 'v1' ? 701 : 612);
    if (version === 'v2') {
      assert.match(answer.data.error, /no such uploadId/);
    }
    records.deleteSync('record.json');
    assert.equal((await put()).resp.statusCode, 200);
    const named = { hosts: ['h'], accessKey: 'a', bucketName: 'b', key, filePath: where, version, partSize: MIB };
    assert.match(records.generateKeySync(named), /^qn-resume-[0-9a-f]{40}\.json$/);
    assert.equal(records.generateKeySync({ ...named, key: '' }), undefined);
  });

  sdkTest(`${version}: records by the name of a file`, { answered: each('putFileV2') }, async () => {
    const record = path.join(scratch, `named-${version}.json`);
    const key = `parts/named-${version}`;
    const where = file(`named-${version}`, DATA);
    const put = () =>
      uploader().putFileV2(uploadToken(PUBLIC), key, where, settings(version, { resumeRecordFile: record }));
    const end = version === 'v1' ? '/mkfile/' : '/uploads/[^/]+$';
    await withFaults([{ host: 'up', path: end, status: 400 }], async () => {
      assert.equal((await put()).resp.statusCode, 400);
    });
    assert.ok(fs.existsSync(record));
    await clearLog();
    assert.equal((await put()).data.hash, HASH);
    assert.equal((await log()).filter(({ host }) => host === 'up').length, 1, 'nothing but the end');
    assert.ok(!fs.existsSync(record));
  });

  sdkTest(`${version}: the empty key is not said: the hash is the key`, { answered: each('putFileV2') }, async () => {
    const answer = await uploader().putFileV2(uploadToken(PUBLIC), '', file('little', LITTLE), settings(version));
    assert.deepEqual(shown(answer), [200, { hash: LITTLE_HASH, key: LITTLE_HASH }]);
  });
}

const CREATED = { answered: ['resume_up.PutExtra.create', ...each('putFileV2')] };
sdkTest('parts of another size make another hash', CREATED, async () => {
  const extra = PutExtra.create(null, null, null, null, null, 5 * MIB);
  assert.equal(extra.version, 'v2');
  const answer = await uploader().putFileV2(uploadToken(PUBLIC), 'parts/5', file('5', content(5 * MIB)), extra);
  assert.deepEqual(shown(answer), [200, { hash: HASH_OF_ONE_PART, key: 'parts/5' }]);
});

sdkTest('parts that are too small', { refused: each('putFileV2') }, async () => {
  const extra = settings('v2', { partSize: MIB / 2 });
  const answer = await uploader().putFileV2(uploadToken(PUBLIC), 'parts/small', file('little', LITTLE), extra);
  assert.equal(answer.resp.statusCode, 400);
  assert.equal((await manager().stat(PUBLIC, 'parts/small')).resp.statusCode, 612);
});

sdkTest('version 1 overwrites where version 2 may not', both('putFileV2'), async () => {
  const put = (version, first, policy = {}) => {
    const data = Buffer.concat([Buffer.from(first), LITTLE]);
    return uploader().putFileV2(uploadToken(PUBLIC, undefined, policy), 'parts/over', file('over', data),
      settings(version));
  };
  assert.equal((await put('v2', '1')).resp.statusCode, 200);
  assert.deepEqual(refusal(await put('v2', '2')), [614, 'file exists']);
  assert.deepEqual(refusal(await put('v1', '3', { insertOnly: 1 })), [614, 'file exists']);
  assert.equal((await put('v1', '4')).resp.statusCode, 200);
  assert.equal((await request(`${domains[PUBLIC]}/parts/over`)).content[0], '4'.charCodeAt(0));
});

const RECORDERS = { answered: ['resume_up.createResumeRecorder', ...each('putFileV2')] };
sdkTest('a recorder finds a name for its record by itself', RECORDERS, async () => {
  const folder = path.join(scratch, 'made', 'by', 'promise');
  const records = await createResumeRecorder(folder);
  const where = file('by-itself', DATA);
  const put = () =>
    uploader().putFileV2(uploadToken(PUBLIC), 'parts/by-itself', where, settings('v2', { resumeRecorder: records }));
  await withFaults([{ host: 'up', path: '/uploads/.+/2$', status: 400 }], put);
  assert.match(fs.readdirSync(folder).join(), /^qn-resume-[0-9a-f]{40}\.json$/);
  assert.equal((await put()).data.hash, HASH);
  assert.deepEqual(fs.readdirSync(folder), []);
});
