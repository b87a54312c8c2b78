'use strict';
/* Upload policies (protocol §2.4), and callbacks that the application verifies with the SDK. */

const assert = require('node:assert/strict');
const http = require('node:http');
const querystring = require('node:querystring');
const { sdkTest } = require('./suite');
const {
  PRIVATE, PUBLIC, config, domains, forger, mac, manager, qiniu, refusal, request, shown, uploadToken,
} = require('./cloud');

const HELLO = 'Fqr0xh3cxeii2r7eDztILNmuqUNN';
const PUT = 'form_up.FormUploader#put';
const VERIFY = 'util.isQiniuCallback';

/** Put `hello` under a policy. */
function put (key, scopeKey, policy, extra = {}) {
  const settings = Object.assign(new qiniu.form_up.PutExtra(), extra);
  const token = uploadToken(PUBLIC, scopeKey, policy);
  return new qiniu.form_up.FormUploader(config()).put(token, key, 'hello', settings);
}

sdkTest('tokens', { answered: [
  'rs.PutPolicy#getFlags', 'rs.PutPolicy#uploadToken', 'util.getAKFromUptoken', 'util.getBucketFromUptoken',
] }, async () => {
  const policy = new qiniu.rs.PutPolicy({ scope: 'b:dir:k', expires: 100, endUser: 'me' });
  const flags = policy.getFlags();
  assert.deepEqual(Object.keys(flags).sort(), ['deadline', 'endUser', 'scope']);
  assert.ok(Math.abs(flags.deadline - Date.now() / 1000 - 100) < 10);
  const token = policy.uploadToken(mac);
  assert.equal(qiniu.util.getAKFromUptoken(token), mac.accessKey);
  assert.equal(qiniu.util.getBucketFromUptoken(token), 'b');
  assert.throws(() => new qiniu.rs.PutPolicy('b'), /invalid putpolicy options/);
});

const REFUSED = [
  [{ fsizeLimit: 4 }, 413],
  [{ fsizeMin: 6 }, 403],
  [{ mimeLimit: 'image/*' }, 403],
  [{ mimeLimit: '!application/octet-stream' }, 403],
  [{ fileType: 6 }, 400],
  [{ keylimit: ['other'] }, 403],
  [{ trafficLimit: 1 }, 400],
  [{ persistentOps: 'avthumb/mp4' }, 501],
  [{ persistentWorkflowTemplateID: 'template' }, 501],
];
for (const [policy, status] of REFUSED) {
  sdkTest(`refused: ${JSON.stringify(policy)}`, { refused: [PUT] }, async () => {
    const { data, resp } = await put('refused', 'refused', policy);
    assert.equal(resp.statusCode, status, data.error);
    assert.equal((await manager().stat(PUBLIC, 'refused')).resp.statusCode, 612);
  });
}

sdkTest('scopes', { answered: [PUT], refused: [PUT] }, async () => {
  const mismatch = [403, "key doesn't match scope"];
  assert.deepEqual(refusal(await put('other', 'mine', {})), mismatch);
  assert.deepEqual(refusal(await put(null, 'mine', {})), mismatch);
  assert.deepEqual(refusal(await put('q/k', 'p/', { isPrefixalScope: 1 })), mismatch);
  assert.equal((await put('p/k', 'p/', { isPrefixalScope: 1 })).resp.statusCode, 200);
});

sdkTest('names and answers by template', { answered: [PUT] }, async () => {
  const extra = { params: { 'x:dir': 'photos' }, fname: 'a.png', mimeType: 'image/png' };
  const answers = '{"key":$(key),"hash":"$(etag)","size":$(fsize),"mime":$(mimeType),"name":"$(fname)",' +
    '"none":"$(x:no)"}';
  const policy = { saveKey: '$(x:dir)/$(etag)$(ext)', returnBody: answers };
  const key = `photos/${HELLO}.png`;
  const expected = { key, hash: HELLO, size: 5, mime: 'image/png', name: 'a.png', none: '' };
  assert.deepEqual(shown(await put(null, undefined, policy, extra)), [200, expected]);
  assert.equal((await put('mine', undefined, policy, extra)).data.key, 'mine');
  assert.equal((await put('mine', undefined, { ...policy, forceSaveKey: true }, extra)).data.key, key);
});

sdkTest('what is stored with the object', { answered: [PUT] }, async () => {
  await put('stored', 'stored', { endUser: 'me', fileType: 1, deleteAfterDays: 2 });
  const { data } = await manager().stat(PUBLIC, 'stored');
  assert.deepEqual([data.endUser, data.type], ['me', 1]);
  const days = (data.expiration - Date.now() / 1000) / 86400;
  assert.ok(days >= 2 && days <= 3, `${days} days`);
});

/** Runs with a server of somebody else, which answers `status` and `body` and keeps what it heard. */
async function withApplication ({ status = 200, body = '{"from":"the application"}' }, run) {
  const heard = [];
  const server = http.createServer((asked, answer) => {
    let text = '';
    asked.setEncoding('utf8').on('data', piece => { text += piece; }).on('end', () => {
      heard.push({ url: asked.url, headers: asked.headers, body: text });
      answer.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
    });
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  try {
    await run(`http://127.0.0.1:${server.address().port}/told?by=kodo`, heard);
  } finally {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
}

sdkTest('a callback is signed', { answered: [PUT, VERIFY], refused: [VERIFY] }, () =>
  withApplication({}, async (callbackUrl, heard) => {
    const callbackBody = 'key=$(key)&hash=$(etag)&size=$(fsize)&c=$(x:c)';
    const answer = await put('told', 'told', { callbackUrl, callbackBody }, { params: { 'x:c': 'grün & blau' } });
    assert.deepEqual(shown(answer), [200, { from: 'the application' }]);
    const [{ url, headers, body }] = heard;
    assert.equal(url, '/told?by=kodo');
    assert.deepEqual({ ...querystring.parse(body) }, { key: 'told', hash: HELLO, size: '5', c: 'grün & blau' });
    const verify = (account, uri, text) => qiniu.util.isQiniuCallback(account, uri, text, headers.authorization, {
      reqMethod: 'POST', reqContentType: headers['content-type'], reqHeaders: headers,
    });
    assert.ok(verify(mac, callbackUrl, body));
    assert.ok(!verify(mac, callbackUrl, `${body}&more=1`));
    assert.ok(!verify(mac, `${callbackUrl}&more=1`, body));
    assert.ok(!verify(forger, callbackUrl, body));
  }));

sdkTest('the application names the object', { answered: [PUT] }, () =>
  withApplication({ body: '{"key":"named/by-app","payload":{"ok":true}}' }, async callbackUrl => {
    const policy = { callbackUrl, callbackBody: 'hash=$(etag)', callbackFetchKey: 1 };
    assert.deepEqual(shown(await put(null, undefined, policy)), [200, { ok: true }]);
    assert.equal((await request(`${domains[PUBLIC]}/named/by-app`)).text, 'hello');
  }));

sdkTest('an application that fails', { refused: [PUT] }, () =>
  withApplication({ status: 500 }, async callbackUrl => {
    const { resp } = await put('untold', 'untold', { callbackUrl, callbackBody: 'key=$(key)' });
    assert.equal(resp.statusCode, 579);
    assert.equal((await request(`${domains[PUBLIC]}/untold`)).text, 'hello', 'the object is stored all the same');
  }));

sdkTest('an upload to another bucket than the token says', { refused: [PUT] }, async () => {
  const token = uploadToken(PRIVATE, 'elsewhere', {}, forger);
  const { resp } = await new qiniu.form_up.FormUploader(config()).put(token, 'elsewhere', 'hello', null);
  assert.equal(resp.statusCode, 401);
});
