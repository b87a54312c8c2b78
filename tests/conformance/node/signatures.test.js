'use strict';
/* Signatures and encodings: the published vectors (protocol §0, §2.7), and calls that somebody signs by himself. */

const assert = require('node:assert/strict');
const FormStream = require('formstream');
const { methodsOf, sdkTest } = require('./suite');
const {
  PUBLIC, config, control, forger, mac, manager, qiniu, refusal, request, uc, upload, uploadToken, withFaults,
} = require('./cloud');

const { rpc, util } = qiniu;
const encoding = methodsOf('util.');
const calling = methodsOf('rpc.');
const vector = new qiniu.auth.digest.Mac('AK', 'SK');

sdkTest('vectors', {
  answered: encoding.each('generateAccessToken', 'generateAccessTokenV2', 'hmacSha1', 'getMd5', 'isQiniuCallback'),
}, async () => {
  const qbox = util.generateAccessToken(vector, 'http://rs/stat/YmtrOmEudHh0');
  assert.equal(qbox, 'QBox AK:SWVpU4Z8hlaU1IE53rBf_Sf7lZk=');
  assert.ok(util.isQiniuCallback(vector, 'http://rs/stat/YmtrOmEudHh0', '', qbox));
  const headers = { 'X-Qiniu-Date': '20240101T000000Z' };
  const form = 'application/x-www-form-urlencoded';
  assert.equal(
    util.generateAccessTokenV2(vector, 'http://rs.qiniuapi.com/stat/YmtrOmEudHh0', 'GET', form, null, headers),
    'Qiniu AK:rcwc7Kxp4RXyC_GzgexLWbGCjF8=',
  );
  const body = 'op=%2Fstat%2FYmt0OmEudHh0';
  assert.equal(
    util.generateAccessTokenV2(vector, 'http://rs.qiniuapi.com/batch', 'POST', form, body, headers),
    'Qiniu AK:a0a7IEFjjG42yUHQqeG6As1zPTk=',
  );
  assert.equal(util.hmacSha1('a', 'SK').length, 28);
  assert.equal(util.getMd5('hello'), '5d41402abc4b2a76b9719d911017c592');
});

sdkTest('a port is signed twice, and both that and the plain form are taken', {
  answered: ['util.generateAccessTokenV2', 'rs.BucketManager#stat'],
}, async () => {
  const dated = { 'X-Qiniu-Date': '20200101T000000Z' };
  const token = util.generateAccessTokenV2(vector, 'http://127.0.0.1:9000/stat/eA==', 'GET', null, null, dated);
  assert.equal(token, 'Qiniu AK:g_kMjeX1OqPYfWO0pi-YLMkhps4=', 'as for the host 127.0.0.1:9000:9000');
  await upload(PUBLIC, 'signed');
  assert.equal((await manager().stat(PUBLIC, 'signed')).resp.statusCode, 200);
  const path = qiniu.rs.statOp(PUBLIC, 'signed');
  const type = 'application/x-www-form-urlencoded';
  const plain = util.hmacSha1(`GET ${path}\nHost: ${uc}\nContent-Type: ${type}\n\n`, mac.secretKey);
  const Authorization = `Qiniu ${mac.accessKey}:${util.base64ToUrlSafe(plain)}`;
  const answer = await request(`http://${uc}${path}`, { headers: { Authorization, 'Content-Type': type } });
  assert.equal(answer.status, 200, answer.text);
});

sdkTest('a clock that is wrong', methodsOf('rs.BucketManager#').both('listBucket'), async () => {
  await control('POST', 'clock', { skew_s: 15 * 60 + 10 });
  assert.deepEqual(refusal(await manager().listBucket()), [403, 'request time too skewed']);
  const options = { disableQiniuTimestampSignature: true };
  const timeless = new qiniu.auth.digest.Mac(mac.accessKey, mac.secretKey, options);
  assert.equal((await manager(timeless).listBucket()).resp.statusCode, 200);
  process.env.DISABLE_QINIU_TIMESTAMP_SIGNATURE = 'true';
  assert.equal((await manager().listBucket()).resp.statusCode, 200);
  delete process.env.DISABLE_QINIU_TIMESTAMP_SIGNATURE;
  await control('POST', 'clock', {});
});

sdkTest('encodings', {
  answered: encoding.each(
    'encodedEntry', 'decodedEntry', 'base64ToUrlSafe', 'urlSafeToBase64', 'urlsafeBase64Encode',
    'urlSafeBase64Decode', 'canonicalMimeHeaderKey', 'formatDateUTC', 'isTimestampExpired',
  ),
}, async () => {
  assert.deepEqual(
    [util.encodedEntry('b'), util.encodedEntry('b', ''), util.encodedEntry('bkt', 'a.txt')],
    ['Yg==', 'Yjo=', 'Ymt0OmEudHh0'],
  );
  assert.deepEqual(util.decodedEntry('Ymt0OmEudHh0'), ['bkt', 'a.txt']);
  assert.deepEqual([util.base64ToUrlSafe('+/8='), util.urlSafeToBase64('-_8=')], ['-_8=', '+/8=']);
  assert.deepEqual([util.urlsafeBase64Encode('文'), util.urlSafeBase64Decode('5paH')], ['5paH', '文']);
  assert.equal(util.canonicalMimeHeaderKey('x-qiniu-dATE'), 'X-Qiniu-Date');
  assert.equal(util.formatDateUTC(0, 'YYYYMMDDTHHmmssZ'), '19700101T000000Z');
  assert.deepEqual([util.isTimestampExpired(1), util.isTimestampExpired(4e9)], [true, false]);
});

const BY_HAND = calling.both(
  'get', 'getWithOptions', 'getWithToken', 'post', 'postWithOptions', 'postWithForm', 'postWithoutForm',
);
sdkTest('calls that the SDK has no method for', BY_HAND, async () => {
  await upload(PUBLIC, 'by-hand');
  const statUrl = `http://${uc}${qiniu.rs.statOp(PUBLIC, 'by-hand')}`;
  const batchUrl = `http://${uc}/batch`;
  const form = `op=${encodeURIComponent(qiniu.rs.statOp(PUBLIC, 'by-hand'))}`;
  const authorized = account => util.generateAccessToken(account, statUrl);
  const authorizedForm = account => util.generateAccessToken(account, batchUrl, form);
  const ways = [
    account => rpc.getWithOptions(statUrl, { mac: account }),
    account => rpc.getWithToken(statUrl, authorized(account)),
    account => rpc.get(statUrl, { Authorization: authorized(account) }),
    account => rpc.postWithoutForm(statUrl, authorized(account)),
    account => rpc.post(statUrl, null, { Authorization: authorized(account) }),
    account => rpc.postWithOptions(batchUrl, form, { mac: account }),
    account => rpc.postWithForm(batchUrl, form, authorizedForm(account)),
  ];
  for (const way of ways) {
    const { data, res } = await way(mac);
    assert.deepEqual([res.statusCode, (data[0]?.data ?? data).fsize], [200, 5]);
    const refused = await way(forger);
    assert.deepEqual([refused.res.statusCode, refused.data.error], [401, 'bad token']);
  }
});

sdkTest('uploads by hand', calling.both('postMultipart', 'put'), async () => {
  const fields = token => new FormStream().field('token', token).field('key', 'form-by-hand')
    .buffer('file', Buffer.from('hello'), 'name', 'text/plain');
  const posted = await rpc.postMultipart(`http://${uc}/`, fields(uploadToken(PUBLIC)));
  assert.equal(posted.data.key, 'form-by-hand');
  const forged = await rpc.postMultipart(`http://${uc}/`, fields(uploadToken(PUBLIC, undefined, {}, forger)));
  assert.equal(forged.res.statusCode, 401);

  const headers = { Authorization: `UpToken ${uploadToken(PUBLIC)}` };
  const base = `http://${uc}/buckets/${PUBLIC}/objects/~/uploads`;
  const { data: { uploadId } } = await rpc.post(base, '', { ...headers });
  const part = await rpc.put(`${base}/${uploadId}/1`, Buffer.from('hello'), { ...headers });
  assert.deepEqual([part.res.statusCode, part.data.md5], [200, util.getMd5('hello')]);
  const wrong = await rpc.put(`${base}/gone/1`, Buffer.from('hello'), { ...headers });
  assert.deepEqual([wrong.res.statusCode, /no such uploadId/.test(wrong.data.error)], [612, true]);
});

sdkTest('what an answer tells', { answered: methodsOf('httpc.ResponseWrapper#').each('ok', 'needRetry') }, async () => {
  await upload(PUBLIC, 'wrapped');
  const answer = await manager().stat(PUBLIC, 'wrapped');
  assert.deepEqual([answer.ok(), answer.needRetry()], [true, false]);
  assert.ok(answer.resp.headers['x-reqid'] && answer.resp.headers['x-log']);
  const missing = await manager().stat(PUBLIC, 'missing');
  assert.deepEqual([missing.ok(), missing.needRetry()], [false, false]);
  await withFaults([{ host: 'rs', status: 503 }], async () => {
    const failed = await manager().stat(PUBLIC, 'wrapped');
    assert.deepEqual([failed.resp.statusCode, failed.ok(), failed.needRetry()], [503, false, true]);
  });
  await withFaults([{ host: 'up', status: 502, times: 1 }], async () => {
    const uploader = new qiniu.form_up.FormUploader(config());
    const { data } = await uploader.put(uploadToken(PUBLIC), 'retried', 'hello', null);
    assert.equal(data.key, 'retried', 'the second host of the region was asked');
  });
});
